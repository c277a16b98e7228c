// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelFitting
import ModelFormulas

/// Whether one model is a special case of another, as far as it can be told.
enum Nesting: Sendable, Hashable {
  case nested
  /// The reason as a clause.
  case notNested(String)
  /// What could not be told, as a clause.
  case unknown(String)

  init(_ smaller: any MixedModel, in larger: any MixedModel) {
    let parts = [
      Self.offsets(smaller, larger), Self.fixedEffects(smaller, larger),
      Self.randomEffects(smaller, larger),
    ]
    self =
      parts.first { if case .notNested = $0 { true } else { false } } ?? parts.first {
        $0 != .nested
      } ?? .nested
  }

  private static func offsets(_ smaller: any MixedModel, _ larger: any MixedModel) -> Nesting {
    switch smaller.hasSameOffset(as: larger) {
    case true?: .nested
    case false?: .notNested("their offsets differ")
    case nil: .unknown("whether their offsets are the same")
    }
  }

  private static func fixedEffects(
    _ smaller: any MixedModel, _ larger: any MixedModel
  ) -> Nesting {
    let targets = smaller.design.fixedCellColumns
    let isSpanned =
      CellColumn.combinations(of: larger.design.fixedCellColumns, giving: targets) != nil
    if isSpanned { return .nested }
    if smaller.rank > larger.rank {
      return .notNested("the one with fewer parameters has more fixed effects")
    }
    guard let rows = smaller.heldRows, let largerRows = larger.heldRows else {
      return .unknown("whether the fixed effects of the one are combinations of the other's")
    }
    var columns = OrthogonalColumns()
    for j in 0..<largerRows.fixedEffects.columnCount {
      columns.append(largerRows.fixedEffects.column(j))
    }
    for (j, name) in smaller.design.fixedEffectNames.enumerated()
    where !columns.spans(rows.fixedEffects.column(j)) {
      return .notNested(
        "the column \"\(name)\" of \(smaller.formula) is no combination of those of "
          + "\(larger.formula)")
    }
    return .nested
  }

  // MARK: Random effects

  private static func randomEffects(
    _ smaller: any MixedModel, _ larger: any MixedModel
  ) -> Nesting {
    var result = Nesting.nested
    for place in smaller.design.randomEffects.indices {
      let next =
        Block(smaller, place).isNested(
          in: larger.design.randomEffects.indices.map { Block(larger, $0) })
      if case .notNested = next { return next }
      if next != .nested { result = next }
    }
    return result
  }

  /// The random effects of one grouping factor.
  private struct Block {
    let term: RandomEffectsTerm
    let factor: Set<String>
    let columns: [CellColumn]
    let rows: DesignRows.Term?

    init(_ model: any MixedModel, _ place: Int) {
      term = model.design.randomEffects[place]
      factor = Set(model.design.groupingColumns[place])
      columns = model.design.randomCellColumns[place]
      rows = model.heldRows?.terms[place]
    }

    func isNested(in blocks: [Block]) -> Nesting {
      if let same = blocks.first(where: { $0.factor == factor })
        ?? blocks.first(where: samePartition)
      {
        return isNested(in: same)
      }
      if blocks.contains(where: { $0.factor.isSubset(of: factor) }) {
        return .unknown(
          "whether the random effects by \(term.groupingFactor) are a special case of others")
      }
      if rows != nil, blocks.allSatisfy({ $0.rows != nil && !isFiner(than: $0) }) {
        return .notNested(
          "the one with more parameters has no random effects by \(term.groupingFactor)")
      }
      return .unknown("whether another grouping factor does what \(term.groupingFactor) does")
    }

    private func samePartition(_ other: Block) -> Bool {
      isFiner(than: other) && other.isFiner(than: self)
    }

    /// Whether each of the levels lies within one of the other's, as far as the rows tell.
    private func isFiner(than other: Block) -> Bool {
      guard let rows, let others = other.rows else { return false }
      var outer = [Int32](repeating: -1, count: rows.levelCount)
      for (level, otherLevel) in zip(rows.levelCodes, others.levelCodes) {
        if outer[Int(level)] < 0 { outer[Int(level)] = otherLevel }
        if outer[Int(level)] != otherLevel { return false }
      }
      return true
    }

    private func isNested(in other: Block) -> Nesting {
      let all = other.term.effectNames.indices
      guard let isSpanned = spanned(term.effectNames.indices, by: other, all) else {
        return .unknown(
          "whether the random effects by \(term.groupingFactor) of the one are among the other's")
      }
      guard isSpanned else {
        return .notNested(
          "the random effects by \(term.groupingFactor) of the one with fewer parameters are not "
            + "among the other's")
      }
      if other.term.pieces.count == 1, other.term.pieces[0].structure is Unstructured {
        return .nested
      }
      for (piece, range) in term.pieceRanges {
        let units =
          piece.structure is Diagonal ? range.map { $0..<$0 + 1 } : [range]
        for unit in units where !fits(unit, in: other) {
          return .notNested(
            "correlations of the random effects by \(term.groupingFactor) are estimated in the one "
              + "with fewer parameters and fixed in the other")
        }
      }
      return .nested
    }

    /// Whether the covariance of some effects, free among themselves, is within the other's.
    private func fits(_ effects: Range<Int>, in other: Block) -> Bool {
      other.term.pieceRanges.contains { piece, range in
        let isFree = piece.structure is Unstructured || range.count == 1
        let candidates = isFree ? [range] : range.map { $0..<$0 + 1 }
        return candidates.contains { spanned(effects, by: other, $0) ?? false }
      }
    }

    /// Whether the covariates of some effects are combinations of others'; `nil` if that cannot be
    /// told.
    private func spanned(_ effects: Range<Int>, by other: Block, _ others: Range<Int>) -> Bool? {
      let known = CellColumn.combinations(
        of: Array(other.columns[others]), giving: Array(columns[effects]))
      if known != nil { return true }
      if effects.count > others.count { return false }
      guard let rows, let otherRows = other.rows else { return nil }
      var span = OrthogonalColumns()
      for j in others { span.append(otherRows.covariates(j)) }
      return effects.allSatisfy { span.spans(rows.covariates($0)) }
    }
  }
}

extension RandomEffectsTerm {
  /// The pieces with the places of their effects.
  fileprivate var pieceRanges: [(piece: Piece, range: Range<Int>)] {
    var start = 0
    return pieces.map { piece in
      defer { start += piece.count }
      return (piece, start..<start + piece.count)
    }
  }
}

extension DesignRows.Term {
  /// The covariates of one effect, row by row.
  fileprivate func covariates(_ effect: Int) -> [Double] {
    stride(from: effect, to: values.count, by: dimension).map { values[$0] }
  }
}
