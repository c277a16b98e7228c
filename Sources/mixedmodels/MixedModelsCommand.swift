// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModels
import MixedModelDatasets
@main
struct MixedModelsCommand {
  static func main() throws {
    let a = CommandLine.arguments
    let f = try Formula(a[1] + "")
    let t = a[2].hasSuffix(".csv") ? try DataTable(contentsOf: a[2]) : try Dataset.named(a[2]).table
    let clock = ContinuousClock()
    var o = DesignOptions()
    if a.contains("cat") { o.categorical = ["days"] }
    let t0 = clock.now
    let p = try LinearProblem(f, data: t, options: o)
    let t1 = clock.now
    let m = try p.fit(criterion: a.contains("reml") ? .restrictedMaximumLikelihood : .maximumLikelihood)
    let t2 = clock.now
    print(m.objective, m.theta, m.sigma)
    for c in m.fixedEffects { print(c.name, c.estimate, c.standardError) }
    print(m.certificate, m.fitReport.evaluations, m.fitReport.termination)
    for s in m.fitReport.steps { print(s.value) }
    print(t1 - t0, t2 - t1)
    if a.contains("loop") {
      let n = 3000
      let u0 = clock.now
      for _ in 0..<n { _ = try p.fit() }
      print("fit", (clock.now - u0) / n)
      let u1 = clock.now
      for _ in 0..<n { _ = try LinearProblem(f, data: t, options: o) }
      print("problem", (clock.now - u1) / n)
      var d = p.profiledDeviance(.maximumLikelihood)
      var pt = ObjectivePoint(parameterCount: d.parameterCount)
      let u2 = clock.now
      for _ in 0..<n { d.evaluate(at: m.theta, into: &pt) }
      print("evaluate", (clock.now - u2) / n)
      let u3 = clock.now
      for _ in 0..<n { _ = d.value(at: m.theta) }
      print("value", (clock.now - u3) / n)
    }
  }
}
