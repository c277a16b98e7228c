// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// One column of a table: numbers, or categories.
public enum Column: Sendable, Hashable {
  case numeric(NumericColumn)
  case categorical(CategoricalColumn)
}

/// A column of numbers.
public struct NumericColumn: Sendable, Hashable {
  /// One value per row; a missing value is NaN.
  public let values: [Double]

  public init(_ values: [Double]) { self.values = values }
}

/// A column of categories, stored as codes into an ordered pool of level names.
public struct CategoricalColumn: Sendable, Hashable {
  /// One code per row: the index of its level in ``levels``, or -1 where the value is missing.
  public let codes: [Int32]
  /// The distinct levels in their order; a level may have no rows.
  public let levels: [String]

  package init(codes: [Int32], levels: [String]) {
    self.codes = codes
    self.levels = levels
  }
}
