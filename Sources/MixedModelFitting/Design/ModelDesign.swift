// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelErrors
import ModelFormulas

/// A formula made concrete: which columns, which random effects, in which order.
///
/// A design is learnt from the rows a model is fitted to and holds none of them. It turns those
/// rows, and later others, into numbers.
public struct ModelDesign: Sendable {
  public let formula: Formula
  /// The names of the columns of the fixed-effects model matrix (`fixef` names in lme4,
  /// `coefnames` in MixedModels.jl).
  public let fixedEffectNames: [String]
  /// The columns of each of the formula's fixed-effects terms.
  public let fixedTermColumns: [Range<Int>]
  /// One entry per grouping factor, by decreasing number of random effects, ties as written.
  public let randomEffects: [RandomEffectsTerm]
  /// The response as the formula shows it.
  public let responseName: String
  /// The number of rows the design was learnt from.
  public var rowCount: Int { rowCounts.used }
  /// The number of observations that these rows stand for: as many, unless there are frequency
  /// weights.
  public var observationCount: Int { rowCounts.observations }
  /// The number of rows left out because a column of the model has no value there or the frequency
  /// is zero.
  public var droppedRowCount: Int { rowCounts.dropped }
  let rowCounts: RowCounts
  /// Remarks on how the formula and the columns were read, each in full sentences.
  public let notes: [String]
  /// Those of them on columns that are categorical because of stray texts, which nobody but the options of
  /// the fit can tell.
  let strayTextNotes: [String]

  package private(set) var schema: Schema
  package let responseKind: ResponseKind
  /// Every column of the data that the model reads, each once: those of the response first.
  package let columnNames: [String]

  /// The columns of the prior weights, of the frequency weights and of the offset.
  package let weights: String?
  package let frequencyWeights: String?
  package let offset: String?
  /// How the log-determinant was asked for.
  let logDeterminant: LogDeterminantMethod
  let fixedCodings: [TermCoding]
  let randomBlocks: [RandomEffectsBlock]

  /// The design of a formula, learnt from a table.
  /// - Parameter acceptsTwoLevelResponse: whether a categorical response of two levels stands for
  ///   failure and success, as in a binomial model.
  /// - Throws: ``MixedModelError`` if the formula, the data and the options do not fit together.
  public init(
    formula: Formula, data: DataTable, options: DesignOptions = DesignOptions(),
    acceptsTwoLevelResponse: Bool = false
  ) throws(MixedModelError) {
    self = try ModelDesign.learned(
      formula: formula, data: data, options: options,
      acceptsTwoLevelResponse: acceptsTwoLevelResponse
    ).design
  }

  /// The design of a formula together with the rows it was learnt from.
  ///
  /// This does the work of `init` and ``rows(of:for:)`` once.
  /// - Parameter family: the name of the model's family, for messages; `nil` for a linear model.
  package static func learned(
    formula: Formula, data: DataTable, options: DesignOptions = DesignOptions(),
    acceptsTwoLevelResponse: Bool = false, family: String? = nil
  ) throws(MixedModelError) -> (design: ModelDesign, rows: DesignRows) {
    var (design, evaluator) = try learning(
      formula: formula, data: data, options: options,
      acceptsTwoLevelResponse: acceptsTwoLevelResponse, family: family)
    try options.checkMemory(of: design, data: data)
    return (design, try design.rows(from: &evaluator, for: .fitting))
  }

  /// The design of a formula together with the level of every row in each grouping factor: rows
  /// without any numbers.
  static func learnedLevels(
    formula: Formula, data: DataTable, options: DesignOptions,
    acceptsTwoLevelResponse: Bool = false, family: String? = nil
  ) throws(MixedModelError) -> (design: ModelDesign, terms: [DesignRows.Term]) {
    var (design, evaluator) = try learning(
      formula: formula, data: data, options: options,
      acceptsTwoLevelResponse: acceptsTwoLevelResponse, family: family)
    var terms: [DesignRows.Term] = []
    for block in design.randomBlocks {
      terms.append(
        DesignRows.Term(
          levelCodes: try block.grouping.codes(in: &evaluator),
          levelCount: block.term.levels.count, dimension: block.term.dimension, values: []))
    }
    return (design, terms)
  }

  /// The design of a formula with the evaluator that has learnt its constants.
  static func learning(
    formula: Formula, data: DataTable, options: DesignOptions,
    acceptsTwoLevelResponse: Bool = false, family: String? = nil
  ) throws(MixedModelError) -> (design: ModelDesign, evaluator: ColumnEvaluator) {
    let columns = UsedColumns(formula: formula, options: options)
    try columns.check(against: data, options: options)
    guard !formula.randomTerms.isEmpty else { throw .noRandomEffects(in: formula) }
    try options.logDeterminant.validate()
    var evaluator = ColumnEvaluator(
      rows: try CompleteRows(
        of: columns.names, in: data, frequencyWeights: options.frequencyWeights))
    let design = try ModelDesign(
      formula: formula, table: data, columns: columns, options: options,
      acceptsTwoLevelResponse: acceptsTwoLevelResponse, family: family, evaluator: &evaluator)
    return (design, evaluator)
  }

  private init(
    formula: Formula, table: DataTable, columns: UsedColumns, options: DesignOptions,
    acceptsTwoLevelResponse: Bool, family: String?, evaluator: inout ColumnEvaluator
  ) throws(MixedModelError) {
    let schema = try Schema(
      of: columns.effectNames, in: &evaluator, table: table, options: options)
    let responseKind = try ResponseKind(
      of: formula.response, schema: schema, acceptsTwoLevels: acceptsTwoLevelResponse,
      family: family)
    try responseKind.check(
      formula.response, in: &evaluator, droppedRowCount: evaluator.rows.droppedRowCount)
    try self.init(
      formula: formula, schema: schema, responseKind: responseKind, columnNames: columns.names,
      options: options, rowCounts: RowCounts(evaluator.rows)
    ) { names throws(MixedModelError) in
      try GroupingFactor(names, in: &evaluator, table: table, options: options)
    }
    try ModelDesign.learnConstants(
      of: formula, codings: fixedCodings, randomBlocks, in: &evaluator)
    self.schema.constants = evaluator.constants
  }

  /// The design with the constants of its transformations learnt from other rows.
  /// - Throws: ``MixedModelError`` if these rows do not give them.
  func learningConstants(from rows: CompleteRows) throws(MixedModelError) -> ModelDesign {
    var evaluator = ColumnEvaluator(rows: rows)
    for expression in schema.constants.keys {
      if expression.isPolynomial {
        _ = try evaluator.polynomialColumns(of: expression)
      } else {
        _ = try evaluator.values(of: expression)
      }
    }
    var design = self
    design.schema.constants = evaluator.constants
    return design
  }

  /// The design of a formula under what is known of its columns.
  /// - Parameters:
  ///   - strayTextNotes: what was remarked on when the columns were learnt, if that is known.
  ///   - groupingFactor: the grouping factor that the columns of the given names make.
  /// - Throws: ``MixedModelError`` if the formula asks for terms that the columns cannot give.
  init(
    formula: Formula, schema: Schema, responseKind: ResponseKind, columnNames: [String],
    options: DesignOptions, rowCounts: RowCounts, strayTextNotes: [String]? = nil,
    groupingFactor: ([String]) throws(MixedModelError) -> GroupingFactor
  ) throws(MixedModelError) {
    self.formula = formula
    self.schema = schema
    self.responseKind = responseKind
    self.columnNames = columnNames
    weights = options.weights
    frequencyWeights = options.frequencyWeights
    offset = options.offset
    logDeterminant = options.logDeterminant
    self.rowCounts = rowCounts
    responseName = formula.response.plainDescription
    self.strayTextNotes = strayTextNotes ?? schema.strayTextNotes(options: options)

    var coder = TermCoder(schema: schema)
    var codings: [TermCoding] = []
    for term in formula.fixedTerms { codings.append(try coder.coding(of: term)) }
    fixedCodings = codings
    fixedEffectNames = codings.flatMap(\.columnNames)
    var columnRanges: [Range<Int>] = []
    for coding in codings {
      let start = columnRanges.last?.upperBound ?? 0
      columnRanges.append(start..<start + coding.columnCount)
    }
    fixedTermColumns = columnRanges

    let blocks = try RandomEffectsBlock.joined(
      formula.randomTerms, schema: schema, groupingFactor: groupingFactor)
    // The standard sort does not promise to keep ties as written; the position decides them.
    randomBlocks = blocks.enumerated().sorted { left, right in
      let (leftCount, rightCount) = (left.element.term.effectCount, right.element.term.effectCount)
      return leftCount == rightCount ? left.offset < right.offset : leftCount > rightCount
    }.map(\.element)
    randomEffects = randomBlocks.map(\.term)
    let groupingLevels = randomBlocks.flatMap { zip($0.grouping.columns, $0.grouping.columnLevels) }
    notes =
      formula.notes + self.strayTextNotes
      + schema.spacedLevelNotes(groupingLevels: groupingLevels)
  }

  /// Evaluates every transformation once, so that the evaluator has learnt all constants.
  private static func learnConstants(
    of formula: Formula, codings: [TermCoding], _ blocks: [RandomEffectsBlock],
    in evaluator: inout ColumnEvaluator
  ) throws(MixedModelError) {
    for offset in formula.offsets { _ = try evaluator.values(of: offset) }
    for coding in codings + blocks.flatMap(\.codings) {
      for factor in coding.factors {
        switch factor {
        case .numeric(let expression): _ = try evaluator.values(of: expression)
        case .polynomials(let expression, _):
          _ = try evaluator.polynomialColumns(of: expression)
        case .categorical: break
        }
      }
    }
  }
}

extension ModelDesign {
  /// How many rows of the table a design was learnt from.
  struct RowCounts: Sendable, Hashable {
    let used: Int
    /// What the rows used stand for.
    let observations: Int
    /// Rows left out, for whatever reason.
    let dropped: Int
    /// Those of them whose frequency is zero.
    let zeroFrequency: Int
  }

  /// The number of columns of the fixed-effects model matrix.
  public var fixedEffectCount: Int { fixedEffectNames.count }

  /// Whether the formula has an intercept among its fixed effects.
  public var hasIntercept: Bool { formula.fixedTerms.contains { $0.factors.isEmpty } }
}

extension Expression {
  /// The expression as results show it: a column has its bare name.
  var plainDescription: String {
    if case .variable(let name) = self { name } else { description }
  }
}

extension ModelDesign.RowCounts {
  init(_ rows: CompleteRows) {
    used = rows.rowCount
    observations = rows.observationCount
    dropped = rows.droppedRowCount
    zeroFrequency = rows.zeroFrequencyCount
  }
}
