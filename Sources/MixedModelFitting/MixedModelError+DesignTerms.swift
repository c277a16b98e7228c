// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import ModelFormulas

// MARK: - Levels and contrasts

extension MixedModelError {
  static func unknownContrastCoding(_ name: String, available: [String]) -> MixedModelError {
    MixedModelError(
      .option, .option("contrasts"), problem: "There is no contrast coding \"\(name)\".",
      remedy: sentences(
        suggestion(for: name, in: available), "Codings: \(available.joined(separator: ", "))."))
  }

  static func contrastCodingWithoutBase(
    _ name: String, base: String, codingsWithBase: [String]
  ) -> MixedModelError {
    MixedModelError(
      .option, .option("contrasts"),
      problem: "The contrast coding \(name) has no base level, and \"\(base)\" is given as one.",
      remedy: "Codings with a base: \(codingsWithBase.joined(separator: ", ")).")
  }

  static func unknownBaseLevel(
    _ base: String, of column: String, levels: [String]
  ) -> MixedModelError {
    MixedModelError(
      .unknownName, .option("contrasts"),
      problem: "The base level \"\(base)\" of the contrasts of \"\(column)\" is not a level there.",
      remedy: sentences(
        suggestion(for: base, in: levels), "Accepted: first, last, \(levelList(levels))."))
  }

  static func polynomialContrastsOfTooManyLevels(
    of column: String, levelCount: Int
  ) -> MixedModelError {
    MixedModelError(
      .option, .option("contrasts"),
      problem: "The column \"\(column)\" has \(levelCount) levels, too many for polynomial "
        + "contrasts to be computed accurately.",
      remedy: "Use poly(\(column), d) of a numeric column with a low degree d.")
  }

  static func tooManyEffectLevels(
    _ count: Int, of column: String, example: String?, accepted: Int
  ) -> MixedModelError {
    MixedModelError(
      .data, .column(column),
      problem: "The column \"\(column)\" is categorical with \(count) levels"
        + (example.map { ", such as \"\($0)\"" } ?? "")
        + ", and an effect has a column of the model matrix for each.",
      remedy: "An effect may have \(accepted) levels. If the column should be numeric, look for "
        + "text among its values; if its levels are groups, write (1 | \(column)).")
  }

  static func unknownLevelInOrder(
    _ level: String, of column: String, available: [String]
  ) -> MixedModelError {
    MixedModelError(
      .unknownName, .option("levels"),
      problem:
        "The order of levels of \"\(column)\" names \"\(level)\", which is not a level there.",
      remedy: sentences(
        suggestion(for: level, in: available), "Levels: \(levelList(available))."))
  }

  static func repeatedLevelInOrder(_ level: String, of column: String) -> MixedModelError {
    MixedModelError(
      .option, .option("levels"),
      problem: "The order of levels of \"\(column)\" names \"\(level)\" twice.",
      remedy: "Name each level once.")
  }

  static func levelsMissingFromOrder(_ levels: [String], of column: String) -> MixedModelError {
    MixedModelError(
      .data, .option("levels"),
      problem: "The order of levels of \"\(column)\" leaves out \(levelList(levels)).",
      remedy: "Name every level that occurs, each once.")
  }

  static func singleLevel(of column: String, level: String?, in term: Term) -> MixedModelError {
    MixedModelError(
      .model, .column(column),
      problem: "The column \"\(column)\", used in the term \(term), "
        + "has a single level in the rows used: \"\(level ?? "")\".",
      remedy: "Contrasts need at least two levels; leave the term out.")
  }

  static func newLevel(
    _ level: String, of column: String, rowNumber: Int, levels: [String]
  ) -> MixedModelError {
    MixedModelError(
      .data, .level(level, term: column),
      problem: "The column \"\(column)\" has the level \"\(level)\" in row \(rowNumber), "
        + "which the rows of the fit did not have.",
      remedy: sentences(suggestion(for: level, in: levels), "Levels: \(levelList(levels))."))
  }

  static func fullDummyOfNumbers(_ factor: Expression, in term: Term) -> MixedModelError {
    let column = factor.withoutFullDummy
    return MixedModelError(
      .model, .term(term.description),
      problem: "\(factor) needs a categorical column, and \(column) is numeric.",
      remedy: "Name the column as categorical, or leave fulldummy out.")
  }
}

// MARK: - Random effects

extension MixedModelError {
  static func noRandomEffects(in formula: Formula) -> MixedModelError {
    MixedModelError(
      .model, .nothing, problem: "The formula \(formula.source) has no random-effects term.",
      remedy: "A mixed model needs at least one: write (1 | group), "
        + "with the column that names each row's group.")
  }

  static func noEffects(in term: RandomTerm) -> MixedModelError {
    MixedModelError(
      .model, .term(term.description), problem: "The term \(term) has no effects.",
      remedy: "Write (1 | group) for an intercept of each group, "
        + "or name the columns whose effects vary.")
  }

  static func repeatedEffect(
    _ effect: Term, in term: RandomTerm, andIn earlier: RandomTerm, of group: String
  ) -> MixedModelError {
    let name = effect.factors.isEmpty ? "The intercept" : "The effect of \(effect)"
    let places =
      term == earlier ? "twice in \(term)" : "in both \(earlier) and \(term)"
    return MixedModelError(
      .model, .term(term.description),
      problem: "\(name) varies by \(group) \(places), so its variance is not identified.",
      remedy: "Write it once; 0 + at the start of a term leaves the intercept out.")
  }

  static func unavailableStructure(of term: RandomTerm) -> MixedModelError {
    MixedModelError(
      .unavailable, .term(term.description),
      problem: "The covariance structure \(term.structure)(...) is not available yet; "
        + "it is used in the term \(term).",
      remedy: "Available: us, the default, and diag, the same as zerocorr.")
  }

  static func singleGroup(of name: String, level: String?) -> MixedModelError {
    MixedModelError(
      .model, .column(name),
      problem: "The grouping factor \(name) has a single level in the rows used: "
        + "\"\(level ?? "")\".",
      remedy: "A variance between groups needs at least two groups.")
  }

  static func newGroup(of name: String, rowNumber: Int) -> MixedModelError {
    MixedModelError(
      .data, .row(rowNumber),
      problem: "The grouping factor \(name) has a level in row \(rowNumber) "
        + "which the rows of the fit did not have.",
      remedy: "Use the data of the fit.")
  }

  static func newGroupingLevel(
    _ level: String, of name: String, rowNumber: Int, levels: [String]
  ) -> MixedModelError {
    MixedModelError(
      .data, .level(level, term: name),
      problem: "The grouping factor \(name) has the level \"\(level)\" in row \(rowNumber), "
        + "which the rows of the fit did not have.",
      remedy: sentences(
        suggestion(for: level, in: levels),
        "To predict such rows, choose population or missing for new levels, or do not condition on "
          + "\(name)."))
  }

  static func tooManyCombinations(of columns: [String]) -> MixedModelError {
    MixedModelError(
      .unavailable, .term(columns.joined(separator: " & ")),
      problem: "The grouping factor \(columns.joined(separator: " & ")) has more possible "
        + "combinations of levels than can be numbered.",
      remedy: "Combine the columns in the data, and group by the combined column.")
  }
}
