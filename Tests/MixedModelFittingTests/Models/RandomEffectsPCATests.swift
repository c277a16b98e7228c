// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelFitting
import Testing

@Suite("Principal components of random effects")
struct RandomEffectsPCATests {
  @Test("Components reconstruct the relative covariance matrix")
  func reconstruction() throws {
    let model = try ModelFits.sleepstudy()
    let group = try #require(model.randomEffectsPCA["subj"])
    let covariance = try #require(model.varianceComponents["subj"]).covariance
    let components = group.covarianceScale
    for j in 0..<2 {
      for i in 0..<2 {
        let sum = (0..<2).reduce(0.0) {
          let deviation = components.standardDeviations[$1]
          return $0 + deviation * deviation * components.loadings[i, $1]
            * components.loadings[j, $1]
        }
        #expect(ModelFits.agree(model.dispersion * sum, covariance[i, j], 1e-12))
      }
    }
    #expect(components.standardDeviations[0] > components.standardDeviations[1])
    #expect(ModelFits.agree(components.varianceProportions.reduce(0, +), 1, 1e-15))
    #expect(group.names == ["(Intercept)", "days"])
  }

  @Test("Two correlated effects have components 1 ± the correlation")
  func correlation() throws {
    let model = try ModelFits.sleepstudy()
    let group = try #require(model.randomEffectsPCA["subj"])
    let value = try #require(model.varianceComponents["subj"]?.correlation(0, 1).value)
    let components = group.correlationScale
    #expect(
      ModelFits.agree(
        components.standardDeviations, [(1 + value).squareRoot(), (1 - value).squareRoot()], 1e-12))
    #expect(ModelFits.agree(components.cumulativeProportions, [(1 + value) / 2, 1], 1e-12))
    let root = 0.5.squareRoot()
    #expect(ModelFits.agree(components.loadings.values, [root, root, root, -root], 1e-9))
  }

  @Test("A singular fit has components of exactly zero")
  func singular() throws {
    let group = try #require(try ModelFits.dyestuff2().randomEffectsPCA["batch"])
    #expect(group.covarianceScale.standardDeviations == [0])
    #expect(group.covarianceScale.varianceProportions == [0])
    #expect(group.correlationScale.standardDeviations == [0])
    let zeros = try ModelFits.categoricalSleepstudy(
      "reaction ~ 1 + days + zerocorr(1 + days | subj)")
    let days = try #require(zeros.randomEffectsPCA["subj"])
    #expect(days.covarianceScale.standardDeviations.filter { $0 == 0 }.count == 4)
    #expect(days.correlationScale.standardDeviations.filter { $0 == 0 }.count == 4)
  }
}
