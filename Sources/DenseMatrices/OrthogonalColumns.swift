// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// The columns of a matrix made orthogonal one after the other, by Gram and Schmidt twice over.
package struct OrthogonalColumns {
  /// Orthonormal columns; one is empty where earlier ones determine it.
  package private(set) var directions: [[Double]] = []
  /// For each column its parts along the directions so far, its own last.
  package private(set) var parts: [[Double]] = []

  /// The share of a column's length beyond earlier columns that counts as nothing.
  private static let negligible = 1e-8

  package init() {}

  /// - Complexity: O(rows) per earlier column.
  /// - Returns: whether the column has a part of its own.
  @discardableResult
  package mutating func append(_ column: some Collection<Double>) -> Bool {
    let (own, along) = rest(of: Array(column))
    let length = Self.length(of: own)
    let isNew = length > Self.negligible * Self.length(of: Array(column))
    directions.append(isNew ? own.map { $0 / length } : [])
    parts.append(along + [isNew ? length : 0])
    return isNew
  }

  /// Whether a column is a combination of those here.
  package func spans(_ column: some Collection<Double>) -> Bool {
    let values = Array(column)
    return Self.length(of: rest(of: values).own) <= Self.negligible * Self.length(of: values)
  }

  /// The coefficients with which the columns make a combination of them; zero for a column that
  /// earlier ones determine.
  package func coefficients(of column: some Collection<Double>) -> [Double] {
    var result = rest(of: Array(column)).along
    for j in result.indices.reversed() where !directions[j].isEmpty {
      result[j] /= parts[j][j]
      for i in 0..<j { result[i] -= parts[j][i] * result[j] }
    }
    return result
  }

  private func rest(of column: [Double]) -> (own: [Double], along: [Double]) {
    var own = column
    var along = [Double](repeating: 0, count: directions.count)
    for _ in 0..<2 {
      for (place, direction) in directions.enumerated() where !direction.isEmpty {
        var part = 0.0
        for i in own.indices { part += own[i] * direction[i] }
        along[place] += part
        for i in own.indices { own[i] -= part * direction[i] }
      }
    }
    return (own, along)
  }

  private static func length(of column: [Double]) -> Double {
    column.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }
}
