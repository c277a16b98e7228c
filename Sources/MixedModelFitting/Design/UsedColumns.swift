// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelErrors
import ModelFormulas

/// The columns of the data that a formula and its options name, and where.
struct UsedColumns {
  private struct Use {
    let name: String
    let place: Place
  }

  private enum Place {
    case response(Expression)
    case term(Term)
    case offset(Expression)
    case randomTerm(RandomTerm)
    case option(String)

    /// Where a name stands, such as `used in the term (1 + days | subj)`.
    var text: String {
      switch self {
      case .response(.variable): "used as the response"
      case .response(let response): "used in the response \(response)"
      case .term(let term): "used in the term \(term)"
      case .offset(let offset): "used in offset(\(offset))"
      case .randomTerm(let term): "used in the term \(term)"
      case .option(let name): "named as the \(name)"
      }
    }
  }

  /// In the order of the formula: response, fixed effects, offsets, random effects; then options.
  private var uses: [Use] = []
  /// The columns that are part of an effect, an offset or the response, each once.
  private(set) var effectNames: [String] = []
  /// The grouping columns, each once.
  private(set) var groupingNames: [String] = []

  init(formula: Formula, options: DesignOptions) {
    addEffects(formula.response.variables, place: .response(formula.response))
    for term in formula.fixedTerms {
      addEffects(term.factors.flatMap(\.variables), place: .term(term))
    }
    for offset in formula.offsets { addEffects(offset.variables, place: .offset(offset)) }
    for term in formula.randomTerms {
      for effect in term.effects {
        addEffects(effect.factors.flatMap(\.variables), place: .randomTerm(term))
      }
      for name in term.grouping {
        uses.append(Use(name: name, place: .randomTerm(term)))
        if !groupingNames.contains(name) { groupingNames.append(name) }
      }
    }
    if let weights = options.weights { uses.append(Use(name: weights, place: .option("weights"))) }
    if let frequencies = options.frequencyWeights {
      uses.append(Use(name: frequencies, place: .option("frequency weights")))
    }
    if let offset = options.offset { uses.append(Use(name: offset, place: .option("offset"))) }
  }

  private mutating func addEffects(_ names: [String], place: Place) {
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
      throw .unknownColumn(use.name, place: use.place.text, available: table.columnNames)
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

extension ModelDesign {
  /// The columns of the data that a formula and its options name, each once.
  package static func columnNames(of formula: Formula, options: DesignOptions) -> Set<String> {
    Set(UsedColumns(formula: formula, options: options).names)
      .union(options.categorical).union(options.contrasts.keys).union(options.levels.keys)
  }
}
