// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import Foundation
import MixedModelFitting
import TestSupport
import Testing

@Suite("The observed information on variance parameters")
struct ObservedInformationTests {
  private static let names = [
    "one scalar term", "two crossed factors", "an offset and weights",
  ]

  /// The criterion over theta and log σ², by n × n algebra.
  private static func deviance(
    _ dense: DenseModel, _ parameters: [Double], _ criterion: Criterion
  ) -> Double {
    let profile = dense.profile(theta: Array(parameters.dropLast()), criterion: criterion)
    let p = criterion == .restrictedMaximumLikelihood ? dense.x.columnCount : 0
    let count = Double(dense.rowCount - p)
    let variance = profile.sigma * profile.sigma
    let logVariance = parameters[parameters.count - 1]
    return profile.objective + count
      * (logVariance - log(variance) + variance / exp(logVariance) - 1)
  }

  @Test(
    "The covariance of theta and log σ² is twice the inverse of the Hessian",
    arguments: TestModel.structures.filter { Self.names.contains($0.name) }, TestModel.criteria)
  func inverse(_ test: TestModel, _ criterion: Criterion) throws {
    let model = try test.problem().fit(criterion: criterion)
    try #require(!model.isSingular)
    let dense = DenseModel(model.problem)
    let center = model.theta + [log(model.dispersion)]
    let count = center.count
    // Second differences: truncation 1e-6, rounding 1e-13 / 1e-6.
    let step = 1e-3
    var hessian = Matrix(rowCount: count, columnCount: count)
    func value(_ i: Int, _ j: Int, _ a: Double, _ b: Double) -> Double {
      var moved = center
      moved[i] += a * step
      moved[j] += b * step
      return Self.deviance(dense, moved, criterion)
    }
    for j in 0..<count {
      for i in j..<count {
        let corners = value(i, j, 1, 1) - value(i, j, 1, -1) - value(i, j, -1, 1)
        hessian[i, j] = (corners + value(i, j, -1, -1)) / (4 * step * step)
        hessian[j, i] = hessian[i, j]
      }
    }
    let inverse = hessian.inverse
    let expected = Matrix(count, count) { 2 * inverse[$0, $1] }
    let ours = try #require(try model.variancesOfCovarianceParameters())
    #expect(ours.relativeDifference(to: expected) < 1e-3)
  }

  @Test("What is zero counts as known")
  func boundary() throws {
    let model = try LinearMixedModel.fit(
      "yield ~ 1 + (1 | batch)", data: TestModel("", "", .named("dyestuff2")).table())
    #expect(model.isSingular)
    let ours = try #require(try model.variancesOfCovarianceParameters())
    #expect(ours[0, 0] == 0 && ours[0, 1] == 0)
    // log σ² alone: twice the inverse of n.
    #expect(ours[1, 1] == 2 / 30.0)
  }
}
