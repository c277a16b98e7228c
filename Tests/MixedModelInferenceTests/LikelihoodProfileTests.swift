// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelDatasets
import MixedModelErrors
import MixedModelFitting
import ModelFormulas
import ModelOptimization
import Testing

@testable import MixedModelInference

/// The references are `confint(profile(model))` of lme4 1.1-31 (R 4.2.2), which interpolates between
/// points of the profile by splines: hence the tolerance.
@Suite("Likelihood profiles")
struct LikelihoodProfileTests {
  struct Reference: Sendable, CustomTestStringConvertible {
    let formula: Formula
    let data: Dataset
    var family: (any Family)?
    let limits: [(key: String, lower: Double?, upper: Double)]

    var testDescription: String { "\(formula)" }

    func model() throws -> any Profilable {
      if let family {
        return try GeneralizedLinearMixedModel.fit(formula, data: data.table, family: family)
      }
      return try LinearMixedModel.fit(formula, data: data.table)
    }
  }

  static let cases: [Reference] = [
    Reference(
      formula: "reaction ~ 1 + days + (1 + days | subj)", data: .sleepstudy,
      limits: [
        ("beta:(Intercept)", 237.680695489357, 265.129514618661),
        ("beta:days", 7.35865326005165, 13.5759187522524),
        ("sigma", 22.8982668782222, 28.8579965381917),
        ("sd:subj:(Intercept)", 14.3815730821386, 37.7159961972749),
        ("sd:subj:days", 3.80116410298989, 8.75338316095096),
        ("cor:subj:(Intercept):days", -0.481500739712823, 0.684985977104314),
      ]),
    Reference(
      formula: "reaction ~ 1 + days + (1 | subj)", data: .sleepstudy,
      limits: [
        ("beta:(Intercept)", 231.992326372124, 270.817883468577),
        ("beta:days", 8.88655095805029, 12.0480209620093),
        ("sigma", 27.8138472081398, 34.591049857862),
        ("sd:subj:(Intercept)", 26.0071204483655, 52.9359835308682),
      ]),
    Reference(
      formula: "reaction ~ 1 + days + (1 + days || subj)", data: .sleepstudy,
      limits: [
        ("beta:(Intercept)", 237.572148009516, 265.238061759099),
        ("beta:days", 7.33406682891782, 13.6005051064935),
        ("sigma", 22.8805546472008, 28.7875975958823),
        ("sd:subj:(Intercept)", 15.2586468898575, 37.7864724831287),
        ("sd:subj:days", 3.96407381347544, 8.76915910001099),
      ]),
    Reference(
      formula: "yield ~ 1 + (1 | batch)", data: .dyestuff,
      limits: [
        ("beta:(Intercept)", 1486.45149996883, 1568.54849436811),
        ("sigma", 38.2299848828094, 67.6576962443425),
        ("sd:batch:(Intercept)", 12.1985352299566, 84.0630466978868),
      ]),
    Reference(
      formula: "strength ~ 1 + (1 | batch/cask)", data: .pastes,
      limits: [
        ("beta:(Intercept)", 58.6636503785368, 61.4430163687228),
        ("sigma", 0.652023356113806, 1.08544810375391),
        ("sd:batch & cask:(Intercept)", 2.15793370843943, 4.05358894079891),
        // lme4 says zero, where the profile ends below the deviance wanted.
        ("sd:batch:(Intercept)", nil, 2.94659111089032),
      ]),
    Reference(
      formula: "diameter ~ 1 + (1 | plate) + (1 | sample)", data: .penicillin,
      limits: [
        ("beta:(Intercept)", 21.2666273835444, 24.6778176174553),
        ("sigma", 0.485845400179734, 0.629453478506534),
        ("sd:plate:(Intercept)", 0.633565787577337, 1.18210398416131),
        ("sd:sample:(Intercept)", 1.09578926528966, 3.55629190899449),
      ]),
    Reference(
      formula: "angle ~ 1 + recipe + temp + (1 | recipe:replicate)", data: .cake,
      limits: [
        ("beta:(Intercept)", -5.65427285449714, 8.68601888745227),
        ("beta:recipe: B", -6.22974861232644, 3.27419308663875),
        ("beta:recipe: C", -6.2741930567711, 3.2297486421944),
        ("beta:temp", 0.126184287404091, 0.189879204666821),
        ("sigma", 4.15115051616631, 4.99455309707721),
        ("sd:recipe & replicate:(Intercept)", 5.02350607236576, 7.89869278780001),
      ]),
    Reference(
      formula: "incidence / size ~ period + (1 | herd)", data: .cbpp, family: .binomial,
      limits: [
        ("beta:(Intercept)", -1.90115610738731, -0.947791393113027),
        ("beta:period: 2", -1.61667866478817, -0.40784051832185),
        ("beta:period: 3", -1.80091762641406, -0.511610305283383),
        ("beta:period: 4", -2.50060071385956, -0.800831041984657),
        ("sd:herd:(Intercept)", 0.346094461538673, 1.09988190120994),
      ]),
  ]

  @Test("Limits are those of lme4, and absent where there is none", arguments: cases)
  func limits(_ reference: Reference) throws {
    let intervals = try reference.model().confidenceIntervals(.profile)
    #expect(intervals.rows.count == reference.limits.count)
    for (key, lower, upper) in reference.limits {
      let row = try #require(intervals[key], "\(key) of \(intervals.rows.map(\.parameter.key))")
      let width = upper - (lower ?? 0)
      if let lower {
        let value = try #require(row.lower, "\(key): \(row.remark ?? "")")
        #expect(abs(value - lower) < 2e-4 * width, "\(key)")
      } else {
        #expect(row.lower == nil && row.remark?.hasPrefix("no lower limit") == true)
      }
      let value = try #require(row.upper, "\(key): \(row.remark ?? "")")
      #expect(abs(value - upper) < 2e-4 * width, "\(key)")
    }
  }

  @Test("At a limit the deviance is above its minimum by the quantile")
  func definition() throws {
    let model = try LinearMixedModel.fit(
      "reaction ~ 1 + days + (1 + days | subj)", data: Dataset.sleepstudy.table)
    let z = try normalLimit(0.9)
    let quantities = ProfiledQuantities(model)
    for entry in quantities.entries {
      var search = ProfileSearch(
        try model.profiler().path(of: entry.parameter), of: entry.quantity)
      for side in [-z, z] {
        guard case .reached(let value, let point) = try search.limit(at: side) else {
          Issue.record("no limit for \(entry.quantity.key)")
          continue
        }
        // The criterion at the point's own parameters, with sigma free again, is no higher.
        let objective = try model.problem.objective(at: point.theta)
        #expect(objective <= point.deviance + 1e-6)
        let deviance = point.deviance + point.slope * (value - point.value)
        #expect(abs(deviance - model.objective - z * z) < 1e-6)
        if entry.parameter == .residualStandardDeviation {
          // The least deviance with this variance, by the criterion that knows it.
          var known = try model.problem.profiledDeviance(
            .maximumLikelihood, residualVariance: value * value)
          let least = try TrustRegionNewton().minimize(&known, from: model.theta).value
          #expect(abs(least - model.objective - z * z) < 1e-6)
        }
        if case .coefficient = entry.parameter {
          var path = try model.profiler().path(of: entry.parameter)
          let there = try #require(try path.point(near: value, from: path.minimum))
          #expect(there.value == value && abs(there.deviance - model.objective - z * z) < 1e-6)
        }
        let values = quantities.values(point)
        let index = try #require(
          quantities.entries.firstIndex { $0.quantity == entry.quantity })
        #expect(abs(values[index] - point.value) < 1e-9 * max(1, abs(point.value)))
      }
    }
  }

  @Test("A profile's slope is the derivative of its deviance")
  func slopes() throws {
    let model = try LinearMixedModel.fit(
      "reaction ~ 1 + days + (1 + days | subj)", data: Dataset.sleepstudy.table)
    let generalized = try GeneralizedLinearMixedModel.fit(
      "incidence / size ~ period + (1 | herd)", data: Dataset.cbpp.table, family: .binomial,
      criterion: .quadrature(points: 5))
    for model in [model, generalized] as [any Profilable] {
      for entry in ProfiledQuantities(model).entries {
        var path = try model.profiler().path(of: entry.parameter)
        let value = path.minimum.value + path.standardError
        let start = try #require(try path.point(near: value, from: path.minimum))
        let step = 1e-3 * path.standardError
        let above = try #require(try path.point(near: value + step, from: start))
        let below = try #require(try path.point(near: value - step, from: start))
        let slope = (above.deviance - below.deviance) / (above.value - below.value)
        #expect(
          abs(slope - (above.slope + below.slope) / 2) < 1e-3 * abs(slope), "\(entry.quantity.key)")
      }
    }
  }

  @Test("A profile is a grid in zeta, with all parameters beside it; REML fits are refitted")
  func curves() throws {
    let model = try LinearMixedModel.fit(
      "yield ~ 1 + (1 | batch)", data: Dataset.dyestuff.table,
      criterion: .restrictedMaximumLikelihood)
    let profile = try model.profile(points: 6)
    #expect(profile.notes.count == 1 && profile.curves.count == 3)
    for curve in profile.curves {
      let own = try #require(profile.parameters.firstIndex(of: curve.parameter))
      #expect(curve.points.contains { $0.zeta == 0 })
      for (point, next) in zip(curve.points, curve.points.dropFirst()) {
        #expect(point.value < next.value && point.zeta < next.zeta && next.zeta - point.zeta < 0.8)
        #expect(abs(point.estimates[own] - point.value) < 1e-8 * abs(point.value))
      }
    }
    #expect(profile.table.rows.count == profile.curves.reduce(0) { $0 + $1.points.count })
    #expect(try model.profile(of: ["sd", "sigma"]).curves.count == 2)
  }

  @Test("A variance of zero has no lower limit, but an upper one")
  func boundary() throws {
    let model = try LinearMixedModel.fit("yield ~ 1 + (1 | batch)", data: Dataset.dyestuff2.table)
    let row = try #require(try model.confidenceIntervals()["sd:batch:(Intercept)"])
    #expect(row.estimate == 0 && row.lower == nil)
    #expect(row.remark == "no lower limit: the estimate is at the boundary")
    // confint(profile(lmer(yield ~ 1 + (1 | batch), dyestuff2, REML = FALSE))), lme4 1.1-31.
    #expect(abs(try #require(row.upper) - 2.084043489) < 2e-3)
  }

  @Test("Wald and bootstrap intervals share the table")
  func methods() async throws {
    let model = try LinearMixedModel.fit("yield ~ 1 + (1 | batch)", data: Dataset.dyestuff.table)
    let wald = try model.confidenceIntervals(.wald)
    let error = model.fixedEffects.standardErrors[0]
    let row = try #require(wald["beta:(Intercept)"])
    #expect(abs(try #require(row.upper) - 1527.5 - 1.959963984540054 * error) < 1e-6)
    #expect(wald["sigma"]?.lower == nil && wald["sigma"]?.remark != nil)
    let sample = try await model.parametricBootstrap(replicates: 50, seed: 1)
    let bootstrap = try model.confidenceIntervals(.bootstrap(sample, .basic), of: ["sigma"])
    let expected = try sample.intervals(.basic)[.residualStandardDeviation]
    #expect(bootstrap.rows.count == 1 && bootstrap["sigma"]?.lower == expected?.lower)
    #expect(bootstrap.description.hasPrefix("Confidence intervals (bootstrap (basic)), 95%"))
  }

  @Test("Bad levels, names, counts and criteria are refused")
  func errors() throws {
    let model = try LinearMixedModel.fit("yield ~ 1 + (1 | batch)", data: Dataset.dyestuff.table)
    for level in [0, 1, -0.5, .nan] {
      #expect(throws: MixedModelError.self) {
        try model.confidenceIntervals(.profile, level: level)
      }
    }
    #expect(throws: MixedModelError.self) { try model.profile(points: 0) }
    let unknown = #expect(throws: MixedModelError.self) { try model.profile(of: ["sigmo"]) }
    #expect(unknown?.description.contains("sigma") == true)
    let fast = try GeneralizedLinearMixedModel.fit(
      "incidence / size ~ period + (1 | herd)", data: Dataset.cbpp.table, family: .binomial,
      criterion: .profiledLaplace)
    #expect(throws: MixedModelError.self) { try fast.confidenceIntervals(.profile) }
  }
}
