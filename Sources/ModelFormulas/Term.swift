// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// An interaction of factors, each a variable or a call; one factor alone is a main effect.
///
/// The intercept is the term without factors.
public struct Term: Sendable, Hashable {
  /// The factors as written; two terms are equal if they hold the same factors in any order.
  public let factors: [Expression]
}

/// A random-effects term `(effects | grouping)`, after expansion.
public struct RandomTerm: Sendable, Hashable {
  /// The effects in order; the intercept, if present, is the term without factors and comes first.
  public let effects: [Term]
  /// The variables whose combined levels are the groups; the outer factor first.
  public let grouping: [String]
  /// The covariance structure by the name it has in formulas: `us`, `diag`, `cs`, ...
  /// (`zerocorr(...)` and `||` are `diag`).
  public let structure: String
}
