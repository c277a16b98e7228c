// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// The estimable fixed-effects coefficients, in the order of the model's columns.
///
/// R: `fixef`, `vcov`. MixedModels.jl: `fixef`, `fixefnames`, `vcov`, `stderror`.
public struct FixedEffects: Sendable {
  /// One coefficient.
  public struct Coefficient: Sendable, Hashable {
    public let name: String
    public let estimate: Double
    public let standardError: Double
  }

  /// The names of all columns of the model matrix, aliased ones included (`coefnames`).
  public let allNames: [String]
  /// The columns that are estimable, ascending.
  public let estimable: [Int]
  /// One estimate per estimable column.
  public let estimates: [Double]
  /// The covariance matrix of the estimates, rank × rank (`vcov`).
  public let covariance: Matrix

  /// The names of the estimable columns (`fixefnames`).
  public var names: [String] { estimable.map { allNames[$0] } }

  /// The columns left out because earlier ones determine them.
  public var aliasedNames: [String] {
    allNames.indices.filter { !estimable.contains($0) }.map { allNames[$0] }
  }

  /// The square roots of the diagonal of the covariance matrix (`stderror`).
  public var standardErrors: [Double] {
    estimates.indices.map { Swift.max(0, covariance[$0, $0]).squareRoot() }
  }

  /// The correlations of the estimates, rank × rank.
  public var correlation: Matrix {
    let errors = standardErrors
    var result = covariance
    for j in errors.indices {
      for i in errors.indices { result[i, j] = i == j ? 1 : result[i, j] / (errors[i] * errors[j]) }
    }
    return result
  }

  /// The coefficient of the given name, or `nil` if no estimable column has it.
  public subscript(name: String) -> Coefficient? { first { $0.name == name } }
}

extension FixedEffects: RandomAccessCollection {
  public var startIndex: Int { 0 }
  public var endIndex: Int { estimates.count }

  public subscript(index: Int) -> Coefficient {
    Coefficient(
      name: allNames[estimable[index]], estimate: estimates[index],
      standardError: Swift.max(0, covariance[index, index]).squareRoot())
  }
}
