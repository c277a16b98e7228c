// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelFitting
import MixedModelTesting
import Testing

/// A structure with one fault, the rest being ``Unstructured``.
struct Faulty: CovarianceStructure {
  enum Fault: String, CaseIterable {
    case identity, upperTriangle, derivative, canonicalSign, canonicalCovariance, slope
    case addedVariance, convexPart, inverse, order
  }

  static let formulaName = "faulty"
  let fault: Fault
  private let sound = Unstructured()

  init(_ fault: Fault) { self.fault = fault }

  func identityParameters(dimension: Int) -> [Double] {
    sound.identityParameters(dimension: dimension).map { fault == .identity ? 2 * $0 : $0 }
  }

  func termFactor(_ theta: ArraySlice<Double>, dimension: Int) -> Matrix {
    let factor = sound.termFactor(theta, dimension: dimension)
    return fault == .upperTriangle ? factor.transposed : factor
  }

  func derivatives(at theta: ArraySlice<Double>, dimension: Int) -> [Matrix] {
    let derivatives = sound.derivatives(at: theta, dimension: dimension)
    return fault == .derivative ? derivatives.reversed() : derivatives
  }

  func canonicalParameters(
    _ theta: ArraySlice<Double>, dimension: Int, zeroBelow threshold: Double
  ) -> [Double] {
    switch fault {
    case .canonicalSign: Array(theta)
    case .canonicalCovariance: theta.map { abs($0) }
    default: sound.canonicalParameters(theta, dimension: dimension, zeroBelow: threshold)
    }
  }

  func convexPart(_ gradient: Matrix) -> Matrix {
    fault == .convexPart ? gradient : sound.convexPart(gradient)
  }

  func steepestDirection(_ gradient: Matrix) -> (direction: [Double], slope: Double) {
    let (direction, slope) = sound.steepestDirection(gradient)
    return (direction, fault == .slope ? 2 * slope : slope)
  }

  func parameters(
    _ theta: ArraySlice<Double>, dimension: Int, addingVarianceAlong direction: [Double]
  ) -> [Double] {
    fault == .addedVariance
      ? theta.map { 1.1 * $0 }
      : sound.parameters(theta, dimension: dimension, addingVarianceAlong: direction)
  }

  func parameters(ofCovariance covariance: Matrix) -> [Double]? {
    fault == .inverse ? nil : sound.parameters(ofCovariance: covariance)
  }

  func parameters(
    _ theta: ArraySlice<Double>, dimension: Int, ordering order: [Int]
  ) -> [Double]? {
    sound.parameters(
      theta, dimension: dimension, ordering: fault == .order ? order.reversed() : order)
  }
}

@Suite("The checks of covariance structures")
struct CovarianceStructureChecksTests {
  @Test("Each fault is found", arguments: Faulty.Fault.allCases)
  func fault(_ fault: Faulty.Fault) {
    #expect(!CovarianceStructureChecks.failures(of: Faulty(fault), dimensions: [3]).isEmpty)
  }

  @Test("A failure names the promise and what was found")
  func wording() throws {
    let failures = CovarianceStructureChecks.failures(of: Faulty(.identity), dimensions: [1])
    let failure = try #require(failures.first)
    #expect(
      failure.description
        == "The identity parameters give the identity. [2.0] give [2.0] (dimension 1).")
  }
}
