// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// The derivatives of all terms' factors with respect to all parameters, entry by entry: a flat list
/// for the loops that run in every evaluation of a criterion.
package struct FactorDirections: Sendable {
  /// An entry of a factor's derivative with respect to one parameter that is not zero.
  package struct Entry: Sendable {
    package let parameter: Int
    /// The place in the factor of its term.
    package let row: Int
    package let column: Int
    /// The place among the entries of all factors, one factor after the other.
    package let place: Int
    package let value: Double
  }

  /// What belongs to one term.
  package struct Term: Sendable {
    package let parameters: Range<Int>
    /// The places of its entries among ``FactorDirections/entries``.
    package let entries: Range<Int>
  }

  package let terms: [Term]
  /// The entries of all terms, term after term.
  package let entries: [Entry]
  package let parameterCount: Int

  /// - Parameters:
  ///   - derivatives: one per parameter, those of a term side by side.
  ///   - parameters: the parameters of each term.
  ///   - factorStart: where each term's factor begins.
  ///   - dimensions: the order of each term's factor.
  init(
    _ derivatives: [RelativeCovarianceFactor.Derivative], parameters: [Range<Int>],
    factorStart: [Int], dimensions: [Int]
  ) {
    var entries: [Entry] = []
    terms = parameters.indices.map { term in
      let first = entries.count
      for parameter in parameters[term] {
        for entry in derivatives[parameter].entries {
          entries.append(
            Entry(
              parameter: parameter, row: entry.row, column: entry.column,
              place: factorStart[term] + entry.row + entry.column * dimensions[term],
              value: entry.value))
        }
      }
      return Term(parameters: parameters[term], entries: first..<entries.count)
    }
    self.entries = entries
    parameterCount = derivatives.count
  }

  /// The entries of one term.
  package func entries(ofTerm term: Int) -> ArraySlice<Entry> { entries[terms[term].entries] }

  /// Adds to `factors`, for each parameter, that many times its derivative.
  func add(_ theta: [Double], to factors: inout [Double]) {
    for entry in entries { factors[entry.place] += theta[entry.parameter] * entry.value }
  }

  /// Overwrites the places of `gradient` from `first` on with the derivatives in theta, from those
  /// with respect to all entries of the factors.
  package func pullback(_ adjoint: [Double], into gradient: inout [Double], at first: Int = 0) {
    for parameter in first..<first + parameterCount { gradient[parameter] = 0 }
    for entry in entries {
      gradient[first + entry.parameter] += adjoint[entry.place] * entry.value
    }
  }
}
