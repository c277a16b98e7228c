// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import MixedModelFitting

/// The hypothesis `H β + K b = c` on the fixed effects and, where K is given, the random effects of
/// the levels at hand.
///
///     try LinearHypothesis(zero: ["recipe: B", "recipe: C"], of: model.fixedEffects)
///     try LinearHypothesis([["x": 1, "z": -1]], of: model.fixedEffects, equals: [2])
///     LinearHypothesis(Matrix(rowCount: 1, columnCount: 2, values: [1, 5]))
///
/// MATLAB: the arguments H, C and `REContrast` of `coefTest`. R: `lmerTest::contestMD`,
/// `multcomp::glht`.
public struct LinearHypothesis: Sendable, Hashable {
  /// H: a row per equation, a column per estimable coefficient.
  public let fixedEffects: Matrix
  /// K: a row per equation, a column per random effect; effects within levels within grouping
  /// factors, in the order of ``MixedModel/randomEffects``.
  public let randomEffects: Matrix?
  /// c: one value per equation.
  public let values: [Double]

  /// - Parameters:
  ///   - fixedEffects: H, a row per equation, a column per estimable coefficient.
  ///   - randomEffects: K, a row per equation, a column per random effect.
  ///   - values: c; zeros by default.
  public init(_ fixedEffects: Matrix, randomEffects: Matrix? = nil, equals values: [Double]? = nil)
  {
    self.fixedEffects = fixedEffects
    self.randomEffects = randomEffects
    self.values = values ?? [Double](repeating: 0, count: fixedEffects.rowCount)
  }

  /// Combinations of coefficients by name; those not named count zero times.
  /// - Parameters:
  ///   - combinations: one per equation.
  ///   - values: c; zeros by default.
  /// - Throws: ``MixedModelError`` if a name is that of no estimable coefficient.
  public init(
    _ combinations: [[String: Double]], of coefficients: FixedEffects,
    equals values: [Double]? = nil
  ) throws(MixedModelError) {
    let names = coefficients.names
    var matrix = Matrix(rowCount: combinations.count, columnCount: names.count)
    for (row, combination) in combinations.enumerated() {
      for (name, factor) in combination.sorted(by: { $0.key < $1.key }) {
        guard let column = names.firstIndex(of: name) else {
          throw coefficients.aliasedNames.contains(name)
            ? .aliasedCoefficient(name) : .unknownCoefficient(name, available: names)
        }
        matrix[row, column] = factor
      }
    }
    self.init(matrix, equals: values)
  }

  /// The named coefficients are all zero.
  /// - Throws: ``MixedModelError`` if a name is that of no estimable coefficient.
  public init(zero names: [String], of coefficients: FixedEffects) throws(MixedModelError) {
    try self.init(names.map { [$0: 1] }, of: coefficients)
  }

  /// All estimable coefficients but the intercept are zero (the default of MATLAB's `coefTest`).
  public init(allButInterceptOf coefficients: FixedEffects) {
    let places = coefficients.names.indices.filter { coefficients.names[$0] != "(Intercept)" }
    var matrix = Matrix(rowCount: places.count, columnCount: coefficients.count)
    for (row, column) in places.enumerated() { matrix[row, column] = 1 }
    self.init(matrix)
  }

  /// The number of equations.
  public var equationCount: Int { fixedEffects.rowCount }
}

extension LinearHypothesis {
  /// - Throws: an error that names what does not fit the model.
  func check(_ model: any MixedModel) throws(MixedModelError) {
    let names = model.fixedEffects.names
    guard equationCount > 0 else { throw .hypothesisWithoutEquations() }
    guard fixedEffects.columnCount == names.count else {
      throw .combinationOfWrongLength(fixedEffects.columnCount, coefficients: names)
    }
    guard values.count == equationCount else {
      throw .hypothesisValuesOfWrongLength(values.count, equations: equationCount)
    }
    if let randomEffects {
      guard randomEffects.rowCount == equationCount else {
        throw .hypothesisValuesOfWrongLength(randomEffects.rowCount, equations: equationCount)
      }
      guard randomEffects.columnCount == model.size.randomEffectCount else {
        throw .randomContrastOfWrongLength(
          randomEffects.columnCount, randomEffectCount: model.size.randomEffectCount)
      }
    }
    guard
      (fixedEffects.values + values + (randomEffects?.values ?? [])).allSatisfy(\.isFinite)
    else { throw .combinationNotFinite() }
  }

  /// `H β̂ + K b̂ - c`.
  func discrepancies(_ model: any MixedModel) -> [Double] {
    var result = values.map { -$0 }
    for (column, estimate) in model.fixedEffects.estimates.enumerated() {
      for row in result.indices { result[row] += fixedEffects[row, column] * estimate }
    }
    guard let randomEffects else { return result }
    let modes = model.randomEffects.flatMap(\.conditionalModes.values)
    for (column, mode) in modes.enumerated() where mode != 0 {
      for row in result.indices { result[row] += randomEffects[row, column] * mode }
    }
    return result
  }
}
