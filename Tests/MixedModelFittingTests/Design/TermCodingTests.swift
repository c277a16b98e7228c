// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelFitting
import ModelFormulas
import Testing

/// The coding of terms, alone and after one another. Matrices are `model.matrix` of R 4.2.2 on
/// the rows of `smallTable()`, exact because all entries are small whole numbers.
struct TermCodingTests {
  private func fixed(
    _ terms: String, options: DesignOptions = DesignOptions()
  ) throws -> (names: [String], values: [Double]) {
    let (design, rows) = try learned("y ~ \(terms) + (1 | g)", smallTable(), options: options)
    return (design.fixedEffectNames, rows.fixedEffects.values)
  }

  @Test("Crossed categorical columns: the first varies fastest (R: ~ a * b)")
  func crossed() throws {
    let (names, values) = try fixed("a * b")
    #expect(
      names == ["(Intercept)", "a: a2", "b: q", "b: r", "a: a2 & b: q", "a: a2 & b: r"])
    #expect(
      values == [
        1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 1,
        0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1,
      ])
  }

  @Test("Without an intercept the first categorical column has all indicators (R: ~ 0 + a + b)")
  func withoutIntercept() throws {
    let (names, values) = try fixed("0 + a + b")
    #expect(names == ["a: a1", "a: a2", "b: q", "b: r"])
    #expect(
      values == [
        1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 1,
        0, 1,
      ])
  }

  @Test("Numeric by categorical (R: ~ z * b)")
  func numericByCategorical() throws {
    let (names, values) = try fixed("z * b")
    #expect(names == ["(Intercept)", "z", "b: q", "b: r", "z & b: q", "z & b: r"])
    #expect(
      values == [
        1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 3, 4, 5, 6, 7, 9, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 1,
        0, 1, 0, 2, 0, 0, 5, 0, 0, 0, 0, 0, 3, 0, 0, 6, 0, 9,
      ])
  }

  @Test("An interaction without one main effect spans it (R: ~ b + a:b, columns by level of b)")
  func missingMainEffect() throws {
    let (names, values) = try fixed("b + a & b")
    #expect(
      names == [
        "(Intercept)", "b: q", "b: r", "a: a2 & b: p", "a: a2 & b: q", "a: a2 & b: r",
      ])
    #expect(
      values == [
        1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0,
        0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1,
      ])
  }

  @Test("An interaction alone has the indicators of every cell (R: ~ 0 + a:b)")
  func cellsAlone() throws {
    let (names, values) = try fixed("0 + a & b")
    #expect(
      names == [
        "a: a1 & b: p", "a: a2 & b: p", "a: a1 & b: q", "a: a2 & b: q", "a: a1 & b: r",
        "a: a2 & b: r",
      ])
    #expect(
      values == [
        1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0,
        0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1,
      ])
  }

  @Test("Without intercept and main effect of z, z and its slopes have full indicators: 3 + 3")
  func slopesByLevel() throws {
    #expect(
      try fixed("0 + b + z:b").names
        == ["b: p", "b: q", "b: r", "z & b: p", "z & b: q", "z & b: r"])
  }

  @Test("Nesting codes the inner factor by contrasts within all levels of the outer")
  func nesting() throws {
    #expect(
      try fixed("a / b").names == [
        "(Intercept)", "a: a2", "a: a1 & b: q", "a: a2 & b: q", "a: a1 & b: r", "a: a2 & b: r",
      ])
  }

  @Test("fulldummy gives all indicators, whatever stands before it")
  func fullDummy() throws {
    #expect(
      try fixed("1 + fulldummy(b)").names == ["(Intercept)", "b: p", "b: q", "b: r"])
  }

  @Test("Full coding gives all indicators where contrasts would stand")
  func fullCoding() throws {
    #expect(
      try fixed("1 + b", options: DesignOptions(contrasts: ["b": .full])).names
        == ["(Intercept)", "b: p", "b: q", "b: r"])
  }

  @Test("Transformed columns keep the text of the formula in their names")
  func names() throws {
    #expect(
      try fixed("log(z) + I(k^2) + poly(z, 2) & a").names == [
        "(Intercept)", "log(z)", "I(k ^ 2)", "poly(z, 2): 1 & a: a1", "poly(z, 2): 2 & a: a1",
        "poly(z, 2): 1 & a: a2", "poly(z, 2): 2 & a: a2",
      ])
  }

  @Test("A numeric column named as categorical has its numbers as levels, in numeric order")
  func numbersAsLevels() throws {
    let byName = try fixed("k", options: DesignOptions(categorical: ["k"]))
    #expect(byName.names == ["(Intercept)", "k: 2", "k: 10"])
    #expect(Array(byName.values.suffix(8)) == [0, 0, 0, 0, 0, 0, 1, 1])
    let byContrasts = try fixed("k", options: DesignOptions(contrasts: ["k": .dummy(base: "10")]))
    #expect(byContrasts.names == ["(Intercept)", "k: 1", "k: 2"])
    let byLevels = try fixed("k", options: DesignOptions(levels: ["k": ["10", "2", "1"]]))
    #expect(byLevels.names == ["(Intercept)", "k: 2", "k: 1"])
  }

  @Test(
    "The columns of an interaction are the products of the columns of its parts",
    arguments: [
      ("fulldummy(a)", "fulldummy(b)"), ("z", "fulldummy(b)"), ("fulldummy(b)", "z"),
      ("poly(z, 2)", "fulldummy(a)"), ("log(z)", "I(k^2)"), ("poly(k, 2)", "poly(z, 3)"),
    ])
  func products(left: String, right: String) throws {
    let rows = try learned(
      "y ~ 0 + \(left) + \(right) + \(left) & \(right) + (1 | g)", smallTable())
    let ranges = rows.design.fixedTermColumns
    let matrix = rows.rows.fixedEffects
    #expect(ranges.count == 3)
    #expect(ranges[2].count == ranges[0].count * ranges[1].count)
    var next = ranges[2].lowerBound
    for j in ranges[1] {
      for i in ranges[0] {
        let product = zip(matrix.column(i), matrix.column(j)).map { $0.0 * $0.1 }
        #expect(Array(matrix.column(next)) == product)
        let names = rows.design.fixedEffectNames
        #expect(names[next] == "\(names[i]) & \(names[j])")
        next += 1
      }
    }
  }
}
