// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors

/// A way to turn the levels of a categorical column into numbers.
///
/// A coding gives each level a row of a matrix; an observation gets the row of its level. Where
/// the column's indicators are not spanned by earlier terms, a model uses all indicators instead,
/// whatever the coding.
public protocol ContrastCoding: Sendable {
  /// The name that selects the coding, such as `effects` in `--contrasts supplier=effects`.
  static var name: String { get }

  /// The coding with the given base: a level, `first` or `last`. `nil` asks for the default.
  ///
  /// The result is `nil` if the coding has no base.
  init?(base: String?)

  /// The numbers of each level, for a column of two levels or more.
  /// - Throws: ``MixedModelError`` if the base is not a level of the column.
  func contrasts(of column: String, levels: [String]) throws(MixedModelError) -> ContrastMatrix
}

/// The numbers that stand for the levels of a categorical column.
public struct ContrastMatrix: Sendable, Hashable {
  /// What follows the column's name in the name of each coefficient: `M` in `gender: M`.
  public let columnNames: [String]
  /// One row per level: levels × columns.
  public let matrix: Matrix

  /// - Precondition: `matrix` has one column per name.
  public init(columnNames: [String], matrix: Matrix) {
    precondition(columnNames.count == matrix.columnCount, "one name per column of contrasts")
    self.columnNames = columnNames
    self.matrix = matrix
  }

  /// One indicator per level.
  static func indicators(of levels: [String]) -> ContrastMatrix {
    ContrastMatrix(columnNames: levels, matrix: .identity(levels.count))
  }
}
