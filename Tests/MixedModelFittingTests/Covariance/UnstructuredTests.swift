// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelFitting
import MixedModelTesting
import TestSupport
import Testing

@Suite("Unstructured covariance")
struct UnstructuredTests {
  private let structure = Unstructured()

  private func covariance(_ theta: [Double], _ dimension: Int) -> Matrix {
    let lambda = structure.termFactor(theta[...], dimension: dimension)
    return lambda * lambda.transposed
  }

  @Test("The contract of covariance structures is kept")
  func contract() {
    #expect(CovarianceStructureChecks.failures(of: structure, dimensions: [1, 2, 3, 4, 9]) == [])
    #expect(Unstructured.formulaName == "us")
  }

  @Test("Theta is the lower triangle of the factor, column by column")
  func factor() {
    let lambda = structure.termFactor([9, 1, 2, 3, 4, 5, 6, 9][1...6], dimension: 3)
    #expect(lambda.values == [1, 2, 3, 0, 4, 5, 0, 0, 6])
    #expect(structure.identityParameters(dimension: 3) == [1, 0, 0, 1, 0, 1])
  }

  @Test("Columns with a negative diagonal entry change sign")
  func signs() {
    let theta = [-1.0, 2, -3, 4, 5, -6]
    #expect(
      structure.canonicalParameters(theta[...], dimension: 3, zeroBelow: 0)
        == [1, -2, 3, 4, 5, 6])
  }

  @Test("A vanishing diagonal entry takes its column with it and leaves the covariance alone")
  func rotation() {
    var random = SplitMix(seed: 1)
    for dimension in 2...6 {
      for column in 0..<dimension {
        var lambda = Matrix(dimension, dimension) { $0 >= $1 ? random.normal() : 0 }
        lambda[column, column] = 0
        let theta = (0..<dimension).flatMap { j in (j..<dimension).map { lambda[$0, j] } }
        let canonical = structure.canonicalParameters(
          theta[...], dimension: dimension, zeroBelow: 1e-9)
        let result = structure.termFactor(canonical[...], dimension: dimension)
        #expect(
          covariance(canonical, dimension)
            .relativeDifference(to: covariance(theta, dimension)) < 1e-13)
        for i in 0..<dimension {
          #expect(result[i, column] == 0)
          #expect(result[i, i] >= 0)
        }
      }
    }
  }

  @Test("Another order of the effects keeps exact zeros, also where the first one has none")
  func order() throws {
    let theta = try #require(
      structure.parameters([0.5, -2, 0.3, 0, 0, 0], dimension: 3, ordering: [1, 2, 0]))
    let expected = [2, -0.3, -0.5, 0, 0, 0]
    let canonical = structure.canonicalParameters(theta[...], dimension: 3, zeroBelow: 0)
    #expect(zip(canonical, expected).allSatisfy { abs($0 - $1) < 1e-15 })
    #expect(canonical[3...].allSatisfy { $0 == 0 })
    // The intercept has no variance and now comes first.
    let zero = try #require(
      structure.parameters([2, 0, 1, 0, 0, 0.5], dimension: 3, ordering: [1, 0, 2]))
    #expect(
      structure.canonicalParameters(zero[...], dimension: 3, zeroBelow: 0) == [0, 0, 0, 2, 1, 0.5])
  }

  @Test("Variance in any direction is added exactly, also to a singular covariance")
  func added() {
    var random = SplitMix(seed: 2)
    for dimension in 1...5 {
      for rank in 0...dimension {
        let lambda = Matrix(dimension, dimension) { $0 >= $1 && $1 < rank ? random.normal() : 0 }
        let theta = (0..<dimension).flatMap { j in (j..<dimension).map { lambda[$0, j] } }
        let v = random.normals(dimension)
        let sum = structure.parameters(theta[...], dimension: dimension, addingVarianceAlong: v)
        let expected =
          covariance(theta, dimension) + Matrix(dimension, dimension) { v[$0] * v[$1] }
        #expect(covariance(sum, dimension).relativeDifference(to: expected) < 1e-13)
      }
    }
  }

  @Test("The steepest direction is the eigenvector of the least eigenvalue")
  func steepest() {
    let gradient = Matrix(rowCount: 2, columnCount: 2, values: [1, 2, 2, 1])
    let (direction, slope) = structure.steepestDirection(gradient)
    #expect(abs(slope + 1) < 1e-15)
    #expect(abs(direction[0] + direction[1]) < 1e-15)
  }
}
