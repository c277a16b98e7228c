// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// A random-effects term `(effects | grouping)`, after expansion.
public struct RandomTerm: Sendable {
  /// The effects in order; the intercept, if present, is the term without factors and comes first.
  public let effects: [Term]
  /// The variables whose combined levels are the groups; the outer factor first.
  public let grouping: [String]
  /// The covariance structure by the name it has in formulas: `us`, `diag`, `cs`, ...
  /// (`zerocorr(...)` and `||` are `diag`).
  public let structure: String
  /// Whether the term has no intercept because an earlier term on the same grouping factor has
  /// one, not because it was written with `0 +`. Only printing differs.
  package let leavesInterceptToEarlierTerm: Bool

  package init(
    effects: [Term], grouping: [String], structure: String = "us",
    leavesInterceptToEarlierTerm: Bool = false
  ) {
    self.effects = effects
    self.grouping = grouping
    self.structure = structure
    self.leavesInterceptToEarlierTerm = leavesInterceptToEarlierTerm
  }
}

extension RandomTerm {
  /// The name of the grouping factor: `batch`, or `batch & cask` if it is made of several.
  public var groupingName: String { grouping.map(quotedName).joined(separator: " & ") }

  /// Whether the intercept is among the effects.
  public var hasIntercept: Bool { effects.contains(where: \.isIntercept) }

  /// Whether the grouping factor is made of these columns, in any order.
  package func isGrouped(by columns: [String]) -> Bool {
    grouping.count == columns.count && grouping.allSatisfy(columns.contains)
  }

  /// The columns that the effects need, each once, in order of appearance.
  package var effectVariables: [String] {
    var names: [String] = []
    for effect in effects {
      for factor in effect.factors { factor.collectVariables(into: &names) }
    }
    return names
  }
}

// MARK: - Equality

extension RandomTerm: Hashable {
  /// Terms are equal if they have the same effects, grouping and structure, however written.
  public static func == (left: RandomTerm, right: RandomTerm) -> Bool {
    left.effects == right.effects && left.grouping == right.grouping
      && left.structure == right.structure
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(effects)
    hasher.combine(grouping)
    hasher.combine(structure)
  }
}

// MARK: - Printing

extension RandomTerm: CustomStringConvertible {
  /// The term as MixedModels.jl prints it: `(1 + days | subj)`, `zerocorr(1 + days | subj)`,
  /// `(1 | batch & cask)`; the word `fulldummy` is left out.
  public var description: String { text(showingOmittedIntercept: !leavesInterceptToEarlierTerm) }

  /// The term with `0 +` in place of a missing intercept, or with nothing there.
  func text(showingOmittedIntercept: Bool) -> String {
    var parts = effects.map(\.descriptionAmongRandomEffects)
    if !hasIntercept, showingOmittedIntercept { parts.insert("0", at: 0) }
    let name =
      switch structure {
      case "us": ""
      case "diag": "zerocorr"
      default: quotedName(structure)
      }
    return "\(name)(\(parts.joined(separator: " + ")) | \(groupingName))"
  }
}
