// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// The random effects of one grouping factor: all terms of a formula on that factor, joined.
public struct RandomEffectsTerm: Sendable {
  /// One term of the formula within the joined block: `count` consecutive effects.
  public struct Piece: Sendable {
    public let structure: any CovarianceStructure
    public let count: Int

    public init(structure: any CovarianceStructure, count: Int) {
      self.structure = structure
      self.count = count
    }
  }

  /// The grouping factor's name; several joined factors are named `batch & cask`.
  public let groupingFactor: String
  /// The levels of the grouping factor that occur in the data, in order.
  public let levels: [String]
  /// The names of the effects of one level, such as `(Intercept)` and `days`.
  public let effectNames: [String]
  /// The formula's terms in order; off-diagonal blocks between them are zero.
  public let pieces: [Piece]

  package init(
    groupingFactor: String, levels: [String], effectNames: [String], pieces: [Piece]
  ) {
    self.groupingFactor = groupingFactor
    self.levels = levels
    self.effectNames = effectNames
    self.pieces = pieces
  }

  /// The number of effects of one level, k.
  public var dimension: Int { effectNames.count }

  /// The runs of effects whose covariance matrix is free.
  var unstructured: [Range<Int>] {
    var start = 0
    var runs: [Range<Int>] = []
    for piece in pieces {
      if piece.structure is Unstructured, piece.count > 1 {
        runs.append(start..<start + piece.count)
      }
      start += piece.count
    }
    return runs
  }

  /// The number of random effects, levels × k.
  public var effectCount: Int { levels.count * effectNames.count }
}
