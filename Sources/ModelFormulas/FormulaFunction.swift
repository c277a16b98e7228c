// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// The functions that formulas know, by the name they have there.
///
/// This is the one table of them: the parser accepts these names only, and the model design gives
/// each its columns.
package enum FormulaFunction: String, Sendable, CaseIterable {
  case log
  case log2
  case log10
  case log1p
  case exp
  case expm1
  case sqrt
  case abs
  case abs2
  case identity = "I"
  case center
  case scale
  case poly
  case offset
  case fullDummy = "fulldummy"
  case successesAndFailures = "cbind"

  /// Where a function may stand and what it gives.
  package enum Use: Sendable {
    /// One column from one, value by value.
    case elementwise
    /// One column from one, with constants learnt from the data (a mean, a standard deviation).
    case learnt
    /// Several columns from one.
    case basis
    /// A way to code a categorical column.
    case coding
    /// A known term with coefficient one.
    case offset
    /// A pair of columns, as a whole response only.
    case response
  }

  package var use: Use {
    switch self {
    case .log, .log2, .log10, .log1p, .exp, .expm1, .sqrt, .abs, .abs2, .identity: .elementwise
    case .center, .scale: .learnt
    case .poly: .basis
    case .fullDummy: .coding
    case .offset: .offset
    case .successesAndFailures: .response
    }
  }

  package var argumentCount: Int {
    switch self {
    case .poly, .successesAndFailures: 2
    default: 1
    }
  }

  /// Names of covariance structures, for messages. Around a random-effects term the parser takes any
  /// name, as structures are registered with the fitting layer.
  static let covarianceStructures = [
    "us", "zerocorr", "diag", "homdiag", "cs", "ar1", "toep", "ou",
  ]

  /// Whether a call gives one column, so that it can be part of arithmetic.
  var givesOneColumn: Bool { use == .elementwise || use == .learnt }

  /// How a correct call looks, for messages.
  var example: String {
    switch self {
    case .poly: "poly(x, 2)"
    case .successesAndFailures: "cbind(successes, failures)"
    case .fullDummy: "fulldummy(f)"
    case .identity: "I(x^2)"
    default: "\(rawValue)(x)"
    }
  }
}
