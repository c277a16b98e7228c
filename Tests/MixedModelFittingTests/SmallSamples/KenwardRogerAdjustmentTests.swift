// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelFitting
import TestSupport
import Testing

@Suite("What Kenward and Roger need of a model")
struct KenwardRogerAdjustmentTests {
  /// Differences inside leave about 1e-11, the parabola to a singular matrix about 1e-6.
  private static func tolerance(_ model: LinearMixedModel) -> Double {
    model.isSingular ? 1e-5 : 1e-9
  }

  @Test("Information, adjustment and variances follow the paper", arguments: TestModel.structures)
  func definition(_ test: TestModel) throws {
    let model = try test.problem().fit(criterion: .restrictedMaximumLikelihood)
    let tolerance = Self.tolerance(model)
    let changes = model.linearChanges
    let count = changes.count
    let dense = DenseSmallSample(model, changes)

    // The last variance parameter is V in place of I.
    let information = try #require(try RestrictedInformation(model, changes: changes)).matrix
    let traces = dense.information
    #expect(
      information.block(0..<count).relativeDifference(to: traces.block(0..<count)) < tolerance)
    #expect(
      information[count, count] == Double(model.observationCount - model.fixedEffects.count))
    guard model.fixedEffects.count > 0 else { return }

    let ours = try #require(try KenwardRogerAdjustment(model))
    let derivatives = dense.derivatives
    for (derivative, expected) in zip(ours.derivatives.dropLast(), derivatives) {
      #expect(
        derivative.relativeDifference(to: expected.scaled(by: model.dispersion)) < 1e-9)
    }
    #expect(ours.derivatives.last == model.fixedEffectsCovariance)
    let parameterCovariance = traces.inverse.scaled(by: 2)
    let expected = dense.adjustment(parameterCovariance).scaled(by: model.dispersion)
    let size = model.fixedEffectsCovariance.largestMagnitude
    #expect((ours.adjustment - expected).largestMagnitude < tolerance * size)
    for i in 0..<expected.rowCount { #expect(ours.adjustment[i, i] > -1e-12 * size) }

    // The variance of the estimated variance of a combination, relative to its square.
    var random = SplitMix(seed: 5)
    let l = Matrix(1, model.fixedEffects.count) { _, _ in random.uniform() }
    func relative(_ derivatives: [Matrix], _ covariance: Matrix, _ weights: Matrix) -> Double {
      let variance = l.congruence(covariance)[0, 0]
      let slopes = derivatives.map { l.congruence($0)[0, 0] / variance }
      return Matrix(rowCount: 1, columnCount: slopes.count, values: slopes)
        .congruence(weights)[0, 0]
    }
    let value = relative(ours.derivatives, model.fixedEffectsCovariance, ours.parameterCovariance)
    let reference = relative(derivatives, dense.phi, parameterCovariance)
    #expect(abs(value - reference) < 10 * tolerance * reference)
  }
}
