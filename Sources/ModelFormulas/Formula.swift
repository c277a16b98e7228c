// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

/// A model formula: a response, fixed-effects terms and random-effects terms.
public struct Formula: Sendable {
  /// The text as the user wrote it.
  public let source: String
  /// The response as written; `successes / trials` is a call of `/`, `cbind(s, f)` one of `cbind`.
  public let response: Expression
  /// The fixed-effects terms in model order; the intercept, if present, comes first.
  public let fixedTerms: [Term]
  /// The random-effects terms in the order written, nesting and `||` expanded.
  public let randomTerms: [RandomTerm]
  /// The arguments of `offset(...)`.
  public let offsets: [Expression]
  /// Remarks on how an ambiguous form was read, each a full sentence.
  public let notes: [String]
}
