// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelErrors
import MixedModelFitting
import Testing

/// The message of every way in which formula, data and options may not fit together.
struct DesignErrorTests {
  @Test("A numeric column with one text among its values is no effect of thousands of levels")
  func manyLevels() throws {
    let count = 5001
    let values = (0..<count).map { $0 == 17 ? "n.a." : "\(Double($0) / 7)" }
    let table = try DataTable(
      numeric: ["y": (0..<count).map { Double($0 % 13) }],
      categorical: ["x": values, "g": (0..<count).map { "\($0 % 50)" }])
    #expect(
      try message("y ~ 1 + x + (1 | g)", table)
        == "The column \"x\" is categorical with 5001 levels, such as \"n.a.\", and an effect has a "
        + "column of the model matrix for each. An effect may have 5000 levels. If the column should "
        + "be numeric, look for text among its values; if its levels are groups, write (1 | x).")
    #expect(throws: Never.self) {
      try ModelDesign(formula: "y ~ 1 + (1 | x)", data: table)
    }
  }

  @Test("An unknown column is named with its term, the nearest name and what there is")
  func unknownColumns() throws {
    let table = try DataTable(
      numeric: ["days": [0, 1], "reaction": [1, 2]], categorical: ["subj": ["a", "b"]])
    #expect(
      try message("reaction ~ 1 + days + (1 + day | subj)", table)
        == "There is no column \"day\", used in the term (1 + day | subj). "
        + "Did you mean \"days\"? Columns: days, reaction, subj.")
    #expect(
      try message("reaktion ~ 1 + (1 | subj)", table)
        == "There is no column \"reaktion\", used as the response. "
        + "Did you mean \"reaction\"? Columns: days, reaction, subj.")
    #expect(
      try message("log(react) ~ 1 + (1 | subj)", table)
        == "There is no column \"react\", used in the response log(react). "
        + "Columns: days, reaction, subj.")
    #expect(
      try message("reaction ~ 1 + offset(zz) + (1 | Subj)", table)
        == "There is no column \"zz\", used in offset(zz). Columns: days, reaction, subj.")
    #expect(
      try message(
        "reaction ~ 1 + (1 | subj)", table, options: DesignOptions(weights: "dayss"))
        == "There is no column \"dayss\", named as the weights. "
        + "Did you mean \"days\"? Columns: days, reaction, subj.")
    #expect(
      try message(
        "reaction ~ 1 + (1 | subj)", table, options: DesignOptions(categorical: ["dayss"]))
        == "There is no column \"dayss\", named as categorical. "
        + "Did you mean \"days\"? Columns: days, reaction, subj.")
  }

  @Test("A categorical response is refused by a linear model, and one of three levels by all")
  func categoricalResponse() throws {
    #expect(
      try message("b ~ z + (1 | g)", smallTable())
        == "The response \"b\" is not numeric: it has the levels \"p\", \"q\", \"r\". "
        + "A linear model needs a numeric response; "
        + "the bernoulli family accepts one of two levels.")
    let counts = #expect(throws: MixedModelError.self) {
      try GeneralizedProblem("b ~ z + (1 | g)", data: smallTable(), family: .poisson)
    }
    #expect(counts?.remedy.hasPrefix("The poisson family needs a numeric response; ") == true)
    #expect(
      try message("b ~ z + (1 | g)", smallTable(), acceptsTwoLevelResponse: true)
        == "The categorical response \"b\" has 3 levels in the rows used: \"p\", \"q\", \"r\". "
        + "It needs exactly two: failure, then success.")
    #expect(
      try message("cbind(y, z) ~ 1 + (1 | g)", smallTable())
        == "The response cbind(y, z) is a pair of counts, which is for binomial models. "
        + "Choose the binomial family, or give one numeric response.")
  }

  @Test("A constant response is refused, with the rows left out")
  func constantResponse() throws {
    let table = try DataTable(
      numeric: ["y": [2, 2, 2, 3], "c": [1, 1, 1, 1], "x": [1, 2, 3, .nan]],
      categorical: ["g": ["a", "b", "a", "b"]])
    #expect(
      try message("c ~ 1 + (1 | g)", table)
        == "The response c is constant: it is 1 in every row used. "
        + "There is no variation for a model to explain.")
    #expect(
      try message("y ~ x + (1 | g)", table)
        == "The response y is constant: it is 2 in every row used "
        + "(1 row with missing values left out). There is no variation for a model to explain.")
  }

  @Test("Data without a complete row are refused with the columns that lack most")
  func noCompleteRow() throws {
    let table = try DataTable(
      numeric: ["y": [1, 2, .nan], "x": [.nan, .nan, 3], "w": [1, 2, 3]],
      categorical: ["g": ["a", nil, "b"]])
    #expect(
      try message("y ~ x + (1 | g)", table)
        == "No row is complete: each has a missing value in a column that the model uses. "
        + "Most values are missing in \"x\" (2 of 3), \"y\" (1 of 3), \"g\" (1 of 3); "
        + "leave such a column out of the model.")
    #expect(
      try message("y ~ 1 + (1 | g)", DataTable(numeric: ["y": []], categorical: ["g": []]))
        == "The data have no rows. A model needs at least one row of data.")
  }

  @Test("Infinite values are refused with column and row")
  func infiniteValues() throws {
    let table = try DataTable(
      numeric: ["y": [1, 2, 3], "x": [1, -.infinity, 3]], categorical: ["g": ["a", "b", "a"]])
    #expect(
      try message("y ~ x + (1 | g)", table)
        == "The column \"x\" is infinite in row 2. "
        + "Leave the value empty if it is unknown; the row is then left out.")
  }

  @Test("A transformation without a finite result is refused with its row and values")
  func nonFiniteResults() throws {
    let table = try DataTable(
      numeric: ["y": [1, .nan, 0, 4], "x": [1, 2, 0.5, -3]],
      categorical: ["g": ["a", "b", "a", "b"]])
    #expect(
      try message("y ~ log(x) + (1 | g)", table)
        == "log(x) is not a finite number in row 4, where x is -3. "
        + "Leave that row out, or transform the column differently.")
    #expect(
      try message("x ~ I(x / y) + (1 | g)", table)
        == "x / y is not a finite number in row 3, where x is 0.5 and y is 0. "
        + "Leave that row out, or transform the column differently.")
    #expect(
      try message("log(y) ~ 1 + (1 | g)", table)
        == "log(y) is not a finite number in row 3, where y is 0. "
        + "Leave that row out, or transform the column differently.")
  }

  @Test("Transformations need numbers, enough of them, and fitting arguments")
  func transformations() throws {
    #expect(
      try message("y ~ log(b) + (1 | g)", smallTable())
        == "The column \"b\", used in log(b), is categorical, not numeric. "
        + "Arithmetic and functions need a numeric column.")
    #expect(
      try message("y ~ 1 + offset(b) + (1 | g)", smallTable())
        == "The column \"b\" is categorical, not numeric. "
        + "Arithmetic and functions need a numeric column.")
    #expect(
      try message("y ~ poly(k, 3) + (1 | g)", smallTable())
        == "poly(k, 3) needs more than 3 distinct values of k, and the rows used have no more. "
        + "Choose a lower degree.")
    #expect(
      try message(
        "y ~ scale(c) + (1 | g)",
        DataTable(
          numeric: ["y": [1, 2, 3], "c": [2, 2, 2]], categorical: ["g": ["a", "b", "a"]]))
        == "scale(c) divides by a standard deviation of zero: "
        + "the values are equal in all rows used. "
        + "Leave the term out; a constant column adds nothing to the intercept.")
    #expect(
      try message("y ~ fulldummy(z) + (1 | g)", smallTable())
        == "fulldummy(z) needs a categorical column, and z is numeric. "
        + "Name the column as categorical, or leave fulldummy out.")
  }

  @Test("Weights must be positive numbers")
  func weights() throws {
    let table = try DataTable(
      numeric: [
        "y": [1, 2, .nan, 4], "zero": [1, 1, 1, 0], "negative": [1, -0.5, 1, 1],
      ], categorical: ["g": ["a", "b", "a", "b"]])
    let text = { (name: String) in
      try message("y ~ 1 + (1 | g)", table, options: DesignOptions(weights: name))
    }
    #expect(
      try text("zero") == "The weight in column \"zero\" is zero in row 4. "
        + "Weights must be positive; leave the row out instead.")
    #expect(
      try text("negative") == "The weight in column \"negative\" is negative in row 2: -0.5. "
        + "Weights must be positive.")
    #expect(
      try text("g") == "The column \"g\", named as the weights, is categorical, not numeric. "
        + "Name a numeric column as the weights.")
    #expect(
      try message("y ~ 1 + (1 | g)", table, options: DesignOptions(offset: "g"))
        == "The column \"g\", named as the offset, is categorical, not numeric. "
        + "Name a numeric column as the offset.")
  }

  @Test("Contrasts and level orders must fit the columns")
  func contrastsAndLevels() throws {
    func text(_ options: DesignOptions, _ terms: String = "b") throws -> String {
      try message("y ~ \(terms) + (1 | g)", smallTable(), options: options)
    }
    #expect(
      try text(DesignOptions(contrasts: ["bb": .helmert]))
        == "The option contrasts names \"bb\", which is not a column of the model. "
        + "The model uses: y, b, g.")
    #expect(
      try text(DesignOptions(levels: ["a": ["a1", "a2"]]))
        == "The option levels names \"a\", which is not a column of the model. "
        + "The model uses: y, b, g.")
    #expect(
      try text(DesignOptions(contrasts: ["b": .dummy(base: "P")]))
        == "The base level \"P\" of the contrasts of \"b\" is not a level there. "
        + "Did you mean \"p\"? Accepted: first, last, \"p\", \"q\", \"r\".")
    #expect(
      try text(DesignOptions(levels: ["b": ["p", "q"]]))
        == "The order of levels of \"b\" leaves out \"r\". "
        + "Name every level that occurs, each once.")
    #expect(
      try text(DesignOptions(levels: ["b": ["p", "q", "r", "p"]]))
        == "The order of levels of \"b\" names \"p\" twice. Name each level once.")
    #expect(
      try text(DesignOptions(levels: ["g": ["u", "v", "x"]]))
        == "The order of levels of \"g\" names \"x\", which is not a level there. "
        + "Levels: \"u\", \"v\", \"w\".")
  }

  @Test("A factor of one level has no contrasts, and one group has no variance between groups")
  func singleLevels() throws {
    let table = try DataTable(
      numeric: ["y": [1, 2, 3, 4], "x": [.nan, 2, 3, 5]],
      categorical: ["f": ["p", "q", "q", "q"], "g": ["a", "b", "b", "c"]])
    #expect(
      try message("y ~ x + f + (1 | g)", table)
        == "The column \"f\", used in the term f, has a single level in the rows used: \"q\". "
        + "Contrasts need at least two levels; leave the term out.")
    #expect(
      try message("y ~ x + (1 | f)", table)
        == "The grouping factor f has a single level in the rows used: \"q\". "
        + "A variance between groups needs at least two groups.")
  }

  @Test("Random effects must be there, once each, in a structure that is available")
  func randomEffects() throws {
    #expect(
      try message("y ~ z", smallTable())
        == "The formula y ~ z has no random-effects term. A mixed model needs at least one: "
        + "write (1 | group), with the column that names each row's group.")
    #expect(
      try message("y ~ z + (1 | g) + (1 + z | g)", smallTable())
        == "The intercept varies by g in both (1 | g) and (1 + z | g), "
        + "so its variance is not identified. "
        + "Write it once; 0 + at the start of a term leaves the intercept out.")
    #expect(
      try message("y ~ z + (1 + z | g) + (0 + z | g)", smallTable())
        == "The effect of z varies by g in both (1 + z | g) and (0 + z | g), "
        + "so its variance is not identified. "
        + "Write it once; 0 + at the start of a term leaves the intercept out.")
    #expect(
      try message("y ~ z + cs(0 + b | g)", smallTable())
        == "The covariance structure cs(...) is not available yet; "
        + "it is used in the term cs(0 + b | g). "
        + "Available: us, the default, and diag, the same as zerocorr.")
  }

  @Test("New data need the model's columns, and levels that the fit had")
  func newData() throws {
    let (design, _) = try learned("y ~ a * z + (1 | g)", smallTable())
    let text = { (table: DataTable, purpose: DesignRows.Purpose) -> String in
      do throws(MixedModelError) {
        _ = try design.rows(of: table, for: purpose)
        return ""
      } catch {
        return error.description
      }
    }
    #expect(
      text(try DataTable(numeric: ["zz": [1]], categorical: ["a": ["a1"]]), .prediction)
        == "There is no column \"z\" in these data, and the model reads it. "
        + "Columns: a, zz.")
    #expect(
      text(
        try DataTable(
          numeric: ["z": [.nan, 1]], categorical: ["a": ["a1", "a3"], "g": ["u", "u"]]),
        .prediction)
        == "The column \"a\" has the level \"a3\" in row 2, "
        + "which the rows of the fit did not have. "
        + "Levels: \"a1\", \"a2\".")
    #expect(
      text(
        try DataTable(
          numeric: ["z": [2, 1], "y": [1, 2]], categorical: ["a": ["a1", "a2"], "g": ["u", "x"]]),
        .fitting)
        == "The grouping factor g has a level in row 2 which the rows of the fit did not have. "
        + "Use the data of the fit.")
  }
}
