// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelFitting
import MixedModelTesting
import Testing

@Suite("Diagonal covariance")
struct DiagonalTests {
  @Test("The contract of covariance structures is kept")
  func contract() {
    #expect(CovarianceStructureChecks.failures(of: Diagonal(), dimensions: [1, 2, 3, 7]) == [])
    #expect(Diagonal.formulaName == "diag")
  }

  @Test("Theta is the diagonal of the factor")
  func factor() {
    let lambda = Diagonal().termFactor([9, 2, -3, 9][1...2], dimension: 2)
    #expect(lambda.values == [2, 0, 0, -3])
    #expect(Diagonal().identityParameters(dimension: 3) == [1, 1, 1])
  }

  @Test("Canonical parameters are magnitudes, zero below the threshold")
  func canonical() {
    let theta = [-2.0, 1e-8, 0, 0.5]
    #expect(
      Diagonal().canonicalParameters(theta[...], dimension: 4, zeroBelow: 1e-6) == [2, 0, 0, 0.5])
    #expect(
      Diagonal().canonicalParameters(theta[...], dimension: 4, zeroBelow: 0) == [2, 1e-8, 0, 0.5])
  }

  @Test("The steepest direction is an axis, whatever stands off the diagonal")
  func steepest() {
    let gradient = Matrix(rowCount: 2, columnCount: 2, values: [1, -9, -9, -0.5])
    let (direction, slope) = Diagonal().steepestDirection(gradient)
    #expect(direction == [0, 1])
    #expect(slope == -0.5)
  }

  @Test("Variances add up")
  func added() {
    let theta = [3.0, 0, -1]
    let sum = Diagonal().parameters(theta[...], dimension: 3, addingVarianceAlong: [4, 2, 0])
    #expect(sum == [5, 2, 1])
  }
}
