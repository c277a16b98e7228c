// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import ModelFormulas

/// How one term of a formula becomes columns of numbers.
///
/// The columns of an interaction are the products of one column of each factor, the columns of the
/// first factor varying fastest.
struct TermCoding: Sendable {
  /// One factor of the term.
  enum Factor: Sendable {
    case numeric(Expression)
    case polynomials(Expression, degree: Int)
    case categorical(String, levels: [String], contrasts: ContrastMatrix)
  }

  /// The factors; none in the intercept.
  let factors: [Factor]
  /// The names of the columns, such as `days` and `service: Y & dept: D02`.
  let columnNames: [String]

  init(factors: [Factor]) {
    self.factors = factors
    guard !factors.isEmpty else {
      columnNames = ["(Intercept)"]
      return
    }
    columnNames = factors.reduce(into: [""]) { names, factor in
      names = factor.columnNames.flatMap { suffix in
        names.map { $0.isEmpty ? suffix : "\($0) & \(suffix)" }
      }
    }
  }

  var columnCount: Int { columnNames.count }

  /// The columns of the data that the term is read from.
  var columnNamesRead: [String] {
    factors.flatMap { factor in
      switch factor {
      case .numeric(let expression), .polynomials(let expression, _): expression.variables
      case .categorical(let name, _, _): [name]
      }
    }
  }
}

extension TermCoding.Factor {
  /// The names of the factor's columns when it stands alone.
  var columnNames: [String] {
    switch self {
    case .numeric(.variable(let name)): [name]
    case .numeric(let expression): [expression.description]
    case .polynomials(let expression, let degree):
      (1...degree).map { "\(expression.description): \($0)" }
    case .categorical(let name, _, let contrasts): contrasts.columnNames.map { "\(name): \($0)" }
    }
  }
}

// MARK: - Numbers

/// Where the columns of a term go in one flat array: column j of row i stands at
/// `start + j * columnStride + i * rowStride`.
struct ColumnPlacement {
  let start: Int
  let columnStride: Int
  let rowStride: Int
}

extension TermCoding {
  /// Writes the term's columns into `values`.
  /// - Throws: ``MixedModelError`` if a factor has no numbers in these rows.
  /// - Complexity: O(rows × columns × factors).
  func write(
    to values: inout [Double], at placement: ColumnPlacement,
    from evaluator: inout ColumnEvaluator
  ) throws(MixedModelError) {
    let rowCount = evaluator.rows.rowCount
    var sources: [[FactorColumn]] = []
    for factor in factors { sources.append(try factor.columns(from: &evaluator)) }
    for j in 0..<columnCount {
      let start = placement.start + j * placement.columnStride
      let stride = placement.rowStride
      guard let first = sources.first else {
        for i in 0..<rowCount { values[start + i * stride] = 1 }
        continue
      }
      first[j % first.count].assign(to: &values, start: start, stride: stride)
      var remaining = j / first.count
      for source in sources.dropFirst() {
        source[remaining % source.count].multiply(into: &values, start: start, stride: stride)
        remaining /= source.count
      }
    }
  }
}

/// One column of one factor.
private enum FactorColumn {
  case numbers([Double])
  /// The number of each level, and the level of each row.
  case levels(codes: [Int32], numbers: [Double])

  func assign(to values: inout [Double], start: Int, stride: Int) {
    switch self {
    case .numbers(let numbers):
      for i in numbers.indices { values[start + i * stride] = numbers[i] }
    case .levels(let codes, let numbers):
      for i in codes.indices { values[start + i * stride] = numbers[Int(codes[i])] }
    }
  }

  func multiply(into values: inout [Double], start: Int, stride: Int) {
    switch self {
    case .numbers(let numbers):
      for i in numbers.indices { values[start + i * stride] *= numbers[i] }
    case .levels(let codes, let numbers):
      for i in codes.indices { values[start + i * stride] *= numbers[Int(codes[i])] }
    }
  }
}

extension TermCoding.Factor {
  fileprivate func columns(
    from evaluator: inout ColumnEvaluator
  ) throws(MixedModelError) -> [FactorColumn] {
    switch self {
    case .numeric(let expression): return [.numbers(try evaluator.values(of: expression))]
    case .polynomials(let expression, _):
      return try evaluator.polynomialColumns(of: expression).map { .numbers($0) }
    case .categorical(let name, let levels, let contrasts):
      let codes = try evaluator.codes(of: name, in: levels)
      return (0..<contrasts.matrix.columnCount).map { j in
        .levels(codes: codes, numbers: Array(contrasts.matrix.column(j)))
      }
    }
  }
}

extension ColumnEvaluator {
  /// The rows of a column as indices into `levels`.
  /// - Throws: ``MixedModelError`` if a row has none of these levels.
  mutating func codes(
    of name: String, in levels: [String]
  ) throws(MixedModelError) -> [Int32] {
    guard let own = categories(of: name) else { throw .missingColumn(name) }
    let recoded = own.codes(in: levels)
    if let i = recoded.firstIndex(where: { $0 < 0 }) {
      throw .newLevel(
        own.levels[Int(own.codes[i])], of: name, rowNumber: rows.rowNumber(i), levels: levels)
    }
    return recoded
  }
}
