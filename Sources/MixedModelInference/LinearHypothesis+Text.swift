// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import MixedModelFitting

extension LinearHypothesis {
  /// Equations on the coefficients, written as text:
  ///
  ///     try LinearHypothesis(equations: ["2 * days - age = 1", "gender: M = 0"], of: model.fixedEffects)
  ///
  /// Either side is a sum of coefficients, of their multiples by numbers, and of numbers; a side left out
  /// is zero. Coefficients have the names that results show, spaces aside; a name with an operator in it
  /// may stand in backticks. R: `car::linearHypothesis`. MATLAB: the matrix H and the vector C of
  /// `coefTest`.
  /// - Throws: ``MixedModelError`` if a text is no equation, or names no estimable coefficient.
  public init(equations: [String], of coefficients: FixedEffects) throws(MixedModelError) {
    let names = coefficients.names
    var matrix = Matrix(rowCount: equations.count, columnCount: names.count)
    var values: [Double] = []
    for (row, text) in equations.enumerated() {
      var parser = EquationParser(text, coefficients)
      let sum = try parser.equation()
      guard sum.factors.contains(where: { $0 != 0 }) else {
        throw .equationWithoutCoefficient(text)
      }
      for (column, factor) in sum.factors.enumerated() { matrix[row, column] = factor }
      // What is left of a constant when everything stands on the left.
      values.append(0 - sum.constant)
    }
    self.init(matrix, equals: values)
  }
}

/// Reads one equation.
private struct EquationParser {
  /// A sum of multiples of the coefficients and a number.
  struct Sum {
    var factors: [Double]
    var constant = 0.0

    mutating func add(_ other: Sum, times factor: Double) {
      for place in factors.indices { factors[place] += factor * other.factors[place] }
      constant += factor * other.constant
    }
  }

  private let text: String
  private let coefficients: FixedEffects
  /// The characters but spaces, and where they stand in the text.
  private let characters: [Character]
  private let places: [String.Index]
  /// The coefficients' names without spaces, with their numbers, long ones first.
  private let names: [(name: [Character], column: Int)]
  private var next = 0

  private static let operators: Set<Character> = ["+", "-", "*", "/", "="]

  init(_ text: String, _ coefficients: FixedEffects) {
    self.text = text
    self.coefficients = coefficients
    places = text.indices.filter { !text[$0].isWhitespace }
    characters = places.map { text[$0] }
    names = coefficients.names.enumerated()
      .map { ($1.filter { !$0.isWhitespace }.map { $0 }, $0) }
      .sorted { $0.0.count > $1.0.count }
  }

  /// The left side less the right one.
  mutating func equation() throws(MixedModelError) -> Sum {
    var sum = try side()
    if take("=") { sum.add(try side(), times: -1) }
    guard next == characters.count else { throw unreadable() }
    return sum
  }

  private mutating func side() throws(MixedModelError) -> Sum {
    var sum = Sum(factors: [Double](repeating: 0, count: coefficients.count))
    var sign = take("-") ? -1.0 : 1
    if sign > 0 { _ = take("+") }
    while true {
      sum.add(try product(), times: sign)
      if take("+") {
        sign = 1
      } else if take("-") {
        sign = -1
      } else {
        return sum
      }
    }
  }

  /// Numbers and at most one coefficient, multiplied.
  private mutating func product() throws(MixedModelError) -> Sum {
    var factor = 1.0
    var column: Int?
    var divides = false
    repeat {
      if let number = try numberOrCoefficient(&column, mayBeCoefficient: !divides) {
        factor = divides ? factor / number : factor * number
      }
      divides = take("/")
    } while divides || take("*")
    var sum = Sum(factors: [Double](repeating: 0, count: coefficients.count))
    if let column { sum.factors[column] = factor } else { sum.constant = factor }
    return sum
  }

  /// - Returns: the number, or `nil` for a coefficient.
  private mutating func numberOrCoefficient(
    _ column: inout Int?, mayBeCoefficient: Bool
  ) throws(MixedModelError) -> Double? {
    if mayBeCoefficient, column == nil, let known = try coefficient() {
      column = known
      return nil
    }
    if let number = number() { return number }
    guard mayBeCoefficient, column == nil, next < characters.count,
      !Self.operators.contains(characters[next])
    else { throw unreadable() }
    let end = characters[next...].firstIndex(where: Self.operators.contains) ?? characters.count
    throw unknown(String(text[places[next]...places[end - 1]]))
  }

  private mutating func coefficient() throws(MixedModelError) -> Int? {
    if take("`") {
      guard let end = characters[next...].firstIndex(of: "`") else { throw unreadable() }
      defer { next = end + 1 }
      let name = Array(characters[next..<end])
      guard let known = names.first(where: { $0.name == name }) else {
        throw unknown(end > next ? String(text[places[next]...places[end - 1]]) : "")
      }
      return known.column
    }
    for (name, column) in names where characters[next...].starts(with: name) {
      let end = next + name.count
      guard end == characters.count || Self.operators.contains(characters[end]) else { continue }
      next = end
      return column
    }
    return nil
  }

  /// A decimal number without sign.
  private mutating func number() -> Double? {
    func digits(from start: Int) -> Int {
      characters[start...].firstIndex { !("0"..."9").contains($0) } ?? characters.count
    }
    var end = digits(from: next)
    if end < characters.count, characters[end] == "." { end = digits(from: end + 1) }
    if end > next, end < characters.count, characters[end] == "e" || characters[end] == "E" {
      var start = end + 1
      if start < characters.count, characters[start] == "-" || characters[start] == "+" {
        start += 1
      }
      let last = digits(from: start)
      if last > start { end = last }
    }
    guard end > next, let value = Double(String(characters[next..<end])) else { return nil }
    guard end == characters.count || Self.operators.contains(characters[end]) else { return nil }
    next = end
    return value
  }

  private mutating func take(_ character: Character) -> Bool {
    guard next < characters.count, characters[next] == character else { return false }
    next += 1
    return true
  }

  private func unreadable() -> MixedModelError {
    .unreadableEquation(
      text,
      fault: next < characters.count
        ? "\"\(text[places[next]...])\" is out of place"
        : "a coefficient or a number is missing at its end")
  }

  private func unknown(_ name: String) -> MixedModelError {
    coefficients.aliasedNames.contains(name)
      ? .aliasedCoefficient(name) : .unknownCoefficient(name, available: coefficients.names)
  }
}
