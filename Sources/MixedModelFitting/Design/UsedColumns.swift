// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelErrors
import ModelFormulas

/// The columns of the data that a formula and its options name, and where.
struct UsedColumns {
  private struct Use {
    let name: String
    /// Where the name stands, such as `used in the term (1 + days | subj)`.
    let place: String
  }

  /// In the order of the formula: response, fixed effects, offsets, random effects; then options.
  private var uses: [Use] = []
  /// The columns that are part of an effect, an offset or the response, each once.
  private(set) var effectNames: [String] = []
  /// The grouping columns, each once.
  private(set) var groupingNames: [String] = []

  init(formula: Formula, options: DesignOptions, includesResponse: Bool = true) {
    if includesResponse {
      let response = formula.response
      let isPlain = if case .variable = response { true } else { false }
      addEffects(
        response.variables,
        place: isPlain ? "used as the response" : "used in the response \(response)")
    }
    for term in formula.fixedTerms {
      addEffects(term.factors.flatMap(\.variables), place: "used in the term \(term)")
    }
    for offset in formula.offsets {
      addEffects(offset.variables, place: "used in offset(\(offset))")
    }
    for term in formula.randomTerms {
      let place = "used in the term \(term)"
      for effect in term.effects {
        addEffects(effect.factors.flatMap(\.variables), place: place)
      }
      for name in term.grouping {
        uses.append(Use(name: name, place: place))
        if !groupingNames.contains(name) { groupingNames.append(name) }
      }
    }
    if let weights = options.weights {
      uses.append(Use(name: weights, place: "named as the weights"))
    }
    if let offset = options.offset {
      uses.append(Use(name: offset, place: "named as the offset"))
    }
  }

  private mutating func addEffects(_ names: [String], place: String) {
    for name in names {
      uses.append(Use(name: name, place: place))
      if !effectNames.contains(name) { effectNames.append(name) }
    }
  }

  /// Every column, once, in order of first use.
  var names: [String] {
    uses.reduce(into: []) { names, use in
      if !names.contains(use.name) { names.append(use.name) }
    }
  }

  /// Checks that the table has every column, and that options name columns of the model.
  func check(against table: DataTable, options: DesignOptions) throws(MixedModelError) {
    for use in uses where table[use.name] == nil {
      throw .unknownColumn(use.name, place: use.place, available: table.columnNames)
    }
    let modelNames = effectNames + groupingNames.filter { !effectNames.contains($0) }
    for name in options.contrasts.keys.sorted() where !modelNames.contains(name) {
      throw .optionForUnusedColumn(name, option: "contrasts", used: modelNames)
    }
    for name in options.levels.keys.sorted() where !modelNames.contains(name) {
      throw .optionForUnusedColumn(name, option: "levels", used: modelNames)
    }
    for name in options.categorical.sorted() where table[name] == nil {
      throw .unknownColumn(name, place: "named as categorical", available: table.columnNames)
    }
  }
}
