// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import ModelFormulas

/// A column of a model matrix without its rows: what it is multiplied by, and its number in each cell
/// of the categorical factors.
///
/// Whether columns span others whatever the data, and what the coefficients of one coding are in
/// another, is decided here.
package struct CellColumn: Sendable, Hashable {
  /// The numeric factors in order of their text.
  package let numericPart: [String]
  /// For each categorical factor, the number at each of its levels in order of their names. In a cell
  /// the column is the product of the numbers of the levels there.
  package let numbers: [String: [Double]]

  /// The mean over all cells of the product of two columns with the same numeric part; `nil` if a
  /// factor has other levels in the one than in the other.
  func product(_ other: CellColumn) -> Double? {
    var result = 1.0
    for (name, left) in numbers {
      if let right = other.numbers[name] {
        guard left.count == right.count else { return nil }
        result *= zip(left, right).reduce(0) { $0 + $1.0 * $1.1 } / Double(left.count)
      } else {
        result *= left.reduce(0, +) / Double(left.count)
      }
    }
    for (name, right) in other.numbers where numbers[name] == nil {
      result *= right.reduce(0, +) / Double(right.count)
    }
    return result
  }
}

extension CellColumn {
  /// The share of a column's square that counts as nothing.
  private static let negligible = 1e-10

  /// The combinations of some columns that give others.
  /// - Returns: a row per column, a column per target; `nil` if a target is no such combination
  ///   whatever the data.
  package static func combinations(of columns: [CellColumn], giving targets: [CellColumn])
    -> Matrix?
  {
    var result = Matrix(rowCount: columns.count, columnCount: targets.count)
    var solvers: [[String]: Solver] = [:]
    for (place, target) in targets.enumerated() {
      if let same = columns.firstIndex(of: target) {
        result[same, place] = 1
        continue
      }
      if solvers[target.numericPart] == nil {
        let places = columns.indices.filter { columns[$0].numericPart == target.numericPart }
        guard let solver = Solver(places.map { columns[$0] }, places: places) else { return nil }
        solvers[target.numericPart] = solver
      }
      guard let solver = solvers[target.numericPart],
        let coefficients = solver.coefficients(of: target)
      else { return nil }
      for (column, coefficient) in zip(solver.places, coefficients) {
        result[column, place] = coefficient
      }
    }
    return result
  }

  /// Least squares in the cells, where all of them count alike.
  private struct Solver {
    let columns: [CellColumn]
    let places: [Int]
    let norms: [Double]
    let eigen: SymmetricEigen

    init?(_ columns: [CellColumn], places: [Int]) {
      var norms: [Double] = []
      for column in columns {
        guard let square = column.product(column), square > 0 else { return nil }
        norms.append(square.squareRoot())
      }
      var gram = Matrix(rowCount: columns.count, columnCount: columns.count)
      for j in columns.indices {
        for i in columns.indices {
          guard let product = columns[i].product(columns[j]) else { return nil }
          gram[i, j] = product / (norms[i] * norms[j])
        }
      }
      guard !columns.isEmpty, let eigen = SymmetricEigen(gram) else { return nil }
      self.columns = columns
      self.places = places
      self.norms = norms
      self.eigen = eigen
    }

    func coefficients(of target: CellColumn) -> [Double]? {
      guard let square = target.product(target) else { return nil }
      var right: [Double] = []
      for (column, norm) in zip(columns, norms) {
        guard let product = column.product(target) else { return nil }
        right.append(product / norm)
      }
      var result = [Double](repeating: 0, count: columns.count)
      var explained = 0.0
      let largest = eigen.values.max() ?? 0
      for (index, value) in eigen.values.enumerated() where value > negligible * largest {
        let projection = columns.indices.reduce(0) { $0 + eigen.vectors[$1, index] * right[$1] }
        explained += projection * projection / value
        for i in columns.indices { result[i] += eigen.vectors[i, index] * projection / value }
      }
      guard square - explained <= negligible * square else { return nil }
      return zip(result, norms).map { $0 / $1 }
    }
  }
}

extension TermCoding {
  /// The term's columns in their order.
  var cellColumns: [CellColumn] {
    var columns = [CellColumn(numericPart: [], numbers: [:])]
    for factor in factors {
      columns = factor.cellColumns.flatMap { next in
        columns.map { column in
          CellColumn(
            numericPart: (column.numericPart + next.numericPart).sorted(),
            numbers: column.numbers.merging(next.numbers) { own, _ in own })
        }
      }
    }
    return columns
  }
}

extension TermCoding.Factor {
  fileprivate var cellColumns: [CellColumn] {
    guard case .categorical(let name, let levels, let contrasts) = self else {
      return columnNames.map { CellColumn(numericPart: [$0], numbers: [:]) }
    }
    let order = levels.indices.sorted { levels[$0] < levels[$1] }
    return (0..<contrasts.matrix.columnCount).map { j in
      CellColumn(numericPart: [], numbers: [name: order.map { contrasts.matrix[$0, j] }])
    }
  }
}

extension ModelDesign {
  /// The columns of the fixed-effects model matrix, without rows.
  package var fixedCellColumns: [CellColumn] { fixedCodings.flatMap(\.cellColumns) }

  /// The covariates of each grouping factor's effects, without rows.
  package var randomCellColumns: [[CellColumn]] {
    randomBlocks.map { $0.codings.flatMap(\.cellColumns) }
  }

  /// The columns of the data that make each grouping factor.
  package var groupingColumns: [[String]] { randomBlocks.map(\.grouping.columns) }

  /// For each fixed-effects term, its categorical factors.
  package var fixedTermCategories: [Set<String>] {
    fixedCodings.map { coding in
      Set(
        coding.factors.compactMap { factor in
          if case .categorical(let name, _, _) = factor { name } else { nil }
        })
    }
  }
}
