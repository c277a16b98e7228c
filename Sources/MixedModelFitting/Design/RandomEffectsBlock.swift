// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelErrors
import ModelFormulas

/// All random-effects terms of a formula on one grouping factor, ready to become rows.
struct RandomEffectsBlock: Sendable {
  let term: RandomEffectsTerm
  let grouping: GroupingFactor
  let codings: [TermCoding]

  /// The blocks of a formula's terms, in the order in which their grouping factors first appear.
  ///
  /// `a & b` and `b & a` are one grouping factor, named as it is written first.
  /// - Throws: ``MixedModelError`` if a term has no effects, repeats an effect, or has a covariance
  ///   structure that is not available.
  static func joined(
    _ terms: [RandomTerm], schema: Schema,
    groupingFactor: ([String]) throws(MixedModelError) -> GroupingFactor
  ) throws(MixedModelError) -> [RandomEffectsBlock] {
    var groups: [[RandomTerm]] = []
    for term in terms {
      if let known = groups.firstIndex(where: { $0[0].isGrouped(by: term.grouping) }) {
        groups[known].append(term)
      } else {
        groups.append([term])
      }
    }
    var blocks: [RandomEffectsBlock] = []
    for group in groups {
      let grouping = try groupingFactor(group[0].grouping)
      blocks.append(try RandomEffectsBlock(group, grouping: grouping, schema: schema))
    }
    return blocks
  }

  private init(
    _ terms: [RandomTerm], grouping: GroupingFactor, schema: Schema
  ) throws(MixedModelError) {
    var coder = TermCoder(schema: schema)
    var codings: [TermCoding] = []
    var pieces: [RandomEffectsTerm.Piece] = []
    var owners: [Term: RandomTerm] = [:]
    for term in terms {
      let structure = try covarianceStructure(of: term)
      guard !term.effects.isEmpty else { throw .noEffects(in: term) }
      var count = 0
      for effect in term.effects {
        let plainEffect = Term(factors: effect.factors.map(\.withoutFullDummy))
        if let owner = owners.updateValue(term, forKey: plainEffect) {
          throw .repeatedEffect(effect, in: term, andIn: owner, of: grouping.name)
        }
        let coding = try coder.coding(of: effect)
        codings.append(coding)
        count += coding.columnCount
      }
      pieces.append(RandomEffectsTerm.Piece(structure: structure, count: count))
    }
    self.codings = codings
    self.grouping = grouping
    term = RandomEffectsTerm(
      groupingFactor: grouping.name, levels: grouping.levels,
      effectNames: codings.flatMap(\.columnNames), pieces: pieces)
  }

  /// The level and the covariates of every row.
  /// - Parameter index: the place of this block's term in the design.
  func rows(
    from evaluator: inout ColumnEvaluator, for purpose: DesignRows.Purpose, term index: Int
  ) throws(MixedModelError) -> DesignRows.Term {
    let codes =
      purpose.readsGroups(ofTerm: index)
      ? try levelCodes(in: &evaluator, for: purpose)
      : [Int32](repeating: -1, count: evaluator.rows.rowCount)
    return DesignRows.Term(
      levelCodes: codes, levelCount: grouping.levels.count, dimension: term.dimension,
      values: purpose.readsCovariates(ofTerm: index)
        ? try covariates(from: &evaluator)
        : [Double](repeating: 0, count: evaluator.rows.rowCount * term.dimension),
      unstructured: term.unstructured)
  }

  /// The level of every row.
  func levelCodes(
    in evaluator: inout ColumnEvaluator, for purpose: DesignRows.Purpose
  ) throws(MixedModelError) -> [Int32] {
    let codes = try grouping.codes(in: &evaluator)
    if let i = codes.firstIndex(where: { $0 < 0 }) {
      try refuseNewLevel(row: i, in: &evaluator, for: purpose)
    }
    return codes
  }

  /// The covariates of every row's effects, `k × n`, column-major.
  func covariates(from evaluator: inout ColumnEvaluator) throws(MixedModelError) -> [Double] {
    var values = [Double](repeating: 0, count: evaluator.rows.rowCount * term.dimension)
    var next = 0
    for coding in codings {
      let placement = ColumnPlacement(start: next, columnStride: 1, rowStride: term.dimension)
      try coding.write(to: &values, at: placement, from: &evaluator)
      next += coding.columnCount
    }
    return values
  }

  private func refuseNewLevel(
    row: Int, in evaluator: inout ColumnEvaluator, for purpose: DesignRows.Purpose
  ) throws(MixedModelError) {
    let rowNumber = evaluator.rows.rowNumber(row)
    if purpose.isFit { throw .newGroup(of: grouping.name, rowNumber: rowNumber) }
    guard purpose.selection?.refusesNewLevels ?? false else { return }
    throw .newGroupingLevel(
      grouping.levelName(row: row, in: &evaluator), of: grouping.name, rowNumber: rowNumber,
      levels: grouping.levels)
  }
}

/// The covariance structure that a term's wrapper names.
private func covarianceStructure(
  of term: RandomTerm
) throws(MixedModelError) -> any CovarianceStructure {
  switch term.structure {
  case Unstructured.formulaName: return Unstructured()
  case Diagonal.formulaName, "zerocorr": return Diagonal()
  default: throw .unavailableStructure(of: term)
  }
}
