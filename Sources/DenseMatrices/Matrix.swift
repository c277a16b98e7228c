// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// A dense matrix of doubles, stored column-major.
public struct Matrix: Sendable, Hashable {
  public let rowCount: Int
  public let columnCount: Int
  /// The entries, column after column: entry (i, j) stands at `i + j * rowCount`.
  public var values: [Double] { storage }

  // Under a name of its own, so that other modules can inline the subscript.
  @usableFromInline var storage: [Double]

  /// A matrix of zeros, `rowCount × columnCount`.
  public init(rowCount: Int, columnCount: Int) {
    self.init(
      rowCount: rowCount, columnCount: columnCount,
      values: .zeros(rowCount * columnCount))
  }

  /// A matrix of the given entries, column after column.
  /// - Precondition: `values` holds `rowCount * columnCount` entries.
  public init(rowCount: Int, columnCount: Int, values: [Double]) {
    precondition(values.count == rowCount * columnCount, "a matrix needs rows × columns values")
    self.rowCount = rowCount
    self.columnCount = columnCount
    storage = values
  }

  /// The entry in row `i` and column `j`, both counted from zero.
  @inlinable
  public subscript(i: Int, j: Int) -> Double {
    get { storage[i + j * rowCount] }
    set { storage[i + j * rowCount] = newValue }
  }
}

extension Matrix {
  /// The identity matrix of the given order.
  package static func identity(_ order: Int) -> Matrix {
    var result = Matrix(rowCount: order, columnCount: order)
    for i in 0..<order { result[i, i] = 1 }
    return result
  }

  package func column(_ j: Int) -> ArraySlice<Double> {
    values[j * rowCount..<(j + 1) * rowCount]
  }

  /// The square block of the given rows and columns.
  package func block(_ range: Range<Int>) -> Matrix {
    var result = Matrix(rowCount: range.count, columnCount: range.count)
    for j in range {
      for i in range { result[i - range.lowerBound, j - range.lowerBound] = self[i, j] }
    }
    return result
  }

  package var transposed: Matrix {
    var result = Matrix(rowCount: columnCount, columnCount: rowCount)
    for j in 0..<columnCount {
      for i in 0..<rowCount { result[j, i] = self[i, j] }
    }
    return result
  }
}
