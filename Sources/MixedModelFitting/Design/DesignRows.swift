// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// The rows of a model in numbers: what cross-products are accumulated from.
package struct DesignRows: Sendable {
  /// What rows are wanted for, which decides what they must have.
  package struct Purpose: Sendable, Hashable {
    /// Whether the response is read, and every level must be one of the fit.
    let isFit: Bool
    /// What a prediction reads of the random effects; `nil` for everything.
    var selection: Selection?
    /// Columns in which the rows must have a value, too.
    var additionalColumns: [String] = []

    /// The random effects that take part in a prediction.
    package struct Selection: Sendable, Hashable {
      /// The terms whose groups are read, by their index in the design. In all others, every row
      /// has level code -1.
      var grouped: Set<Int>
      /// Whether the covariates of the other terms are read; they are zero otherwise.
      var readsOtherCovariates: Bool
      /// Whether a group that the fit had no rows of is an error.
      var refusesNewLevels: Bool
    }

    /// All columns of the model; levels are those of the fit.
    package static let fitting = Purpose(isFit: true)
    /// Neither response nor weights, which are given as zeros and ones; groups that the fit had
    /// no rows of have level code -1. There may be no row.
    package static let prediction = Purpose(isFit: false)

    /// The rows of a prediction from some of the random effects.
    static func prediction(_ selection: Selection, with columns: [String]) -> Purpose {
      Purpose(isFit: false, selection: selection, additionalColumns: columns)
    }

    /// Whether the column of weights is read, if there is one.
    func readsWeights(_ name: String?) -> Bool {
      isFit || name.map { additionalColumns.contains($0) } ?? false
    }

    func readsGroups(ofTerm term: Int) -> Bool { selection?.grouped.contains(term) ?? true }

    func readsCovariates(ofTerm term: Int) -> Bool {
      selection.map { $0.grouped.contains(term) || $0.readsOtherCovariates } ?? true
    }
  }

  /// The rows of one joined random-effects term.
  package struct Term: Sendable {
    /// For each row, the index of its level.
    package let levelCodes: [Int32]
    package let levelCount: Int
    /// The number of effects per level, k.
    package let dimension: Int
    /// The covariates of the effects, the k values of a row side by side: `k × n`, column-major.
    package let values: [Double]
    /// Runs of effects whose covariance matrix is free, as far as they are known.
    let unstructured: [Range<Int>]

    package init(
      levelCodes: [Int32], levelCount: Int, dimension: Int, values: [Double],
      unstructured: [Range<Int>] = []
    ) {
      self.levelCodes = levelCodes
      self.levelCount = levelCount
      self.dimension = dimension
      self.values = values
      self.unstructured = unstructured
    }
  }

  package let rowCount: Int
  /// The fixed-effects model matrix with every column the formula names, `n × columns`.
  package let fixedEffects: Matrix
  /// One entry per joined random-effects term, in the design's order.
  package let terms: [Term]
  package let response: [Double]
  /// Prior weights, all positive; `nil` if every weight is one.
  package let weights: [Double]?
  /// The number of identical observations that each row stands for, whole and positive; `nil` if
  /// one each.
  package let frequencies: [Double]?
  /// The sum of all offsets; `nil` if there is none.
  package let offset: [Double]?
  /// For each row, its index in the table it was read from.
  package let tableRows: [Int]
  /// The number of rows of that table, incomplete ones included.
  package let tableRowCount: Int

  /// - Parameters:
  ///   - tableRows: where each row stands in its table; by default the table has these rows only.
  ///   - tableRowCount: the number of rows of that table.
  ///   - frequencies: how many observations each row stands for; by default one.
  package init(
    fixedEffects: Matrix, terms: [Term], response: [Double], weights: [Double]?, offset: [Double]?,
    tableRows: [Int]? = nil, tableRowCount: Int? = nil, frequencies: [Double]? = nil
  ) {
    rowCount = response.count
    self.tableRows = tableRows ?? Array(0..<response.count)
    self.tableRowCount = tableRowCount ?? response.count
    self.fixedEffects = fixedEffects
    self.terms = terms
    self.response = response
    self.weights = weights
    self.frequencies = frequencies
    self.offset = offset
  }

  /// The same rows with another response.
  func replacingResponse(_ response: [Double]) -> DesignRows {
    DesignRows(
      fixedEffects: fixedEffects, terms: terms, response: response, weights: weights,
      offset: offset, tableRows: tableRows, tableRowCount: tableRowCount, frequencies: frequencies)
  }

  /// The number of observations that the rows stand for.
  package var observationCount: Int { frequencies.map { Int($0.reduce(0, +)) } ?? rowCount }

  /// What each row weighs in a sum over observations: its prior weight times its frequency; `nil`
  /// if all are one.
  var totalWeights: [Double]? { product(weights, frequencies) }

  /// The number of rows of the table that were left out as incomplete.
  package var droppedRowCount: Int { tableRowCount - rowCount }
}

/// The products of two weights of each row, `nil` standing for ones.
func product(_ weights: [Double]?, _ frequencies: [Double]?) -> [Double]? {
  guard let weights, let frequencies else { return weights ?? frequencies }
  return zip(weights, frequencies).map { $0 * $1 }
}
