// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelDatasets
import MixedModels

/// A model whose fit is timed, in terms that every program compared can read.
struct BenchmarkCase: Codable, Sendable {
  let name: String
  /// The built-in data set, and the name of its file.
  let data: String
  /// The formula, which means the same in this package, in lme4 and in mixedlm.
  let formula: String
  /// Numeric columns that are categorical in this model.
  let categorical: [String]

  init(_ name: String, data: String, formula: String, categorical: [String] = []) {
    self.name = name
    self.data = data
    self.formula = formula
    self.categorical = categorical
  }

  func options() -> DesignOptions { DesignOptions(categorical: Set(categorical)) }
}

extension BenchmarkCase {
  /// From one variance that is estimated as zero to 55 covariance parameters and 4,100 crossed
  /// random effects.
  static let all = [
    BenchmarkCase("dyestuff2", data: "dyestuff2", formula: "yield ~ 1 + (1 | batch)"),
    BenchmarkCase(
      "sleepstudy", data: "sleepstudy", formula: "reaction ~ 1 + days + (1 + days | subj)"),
    BenchmarkCase(
      "penicillin", data: "penicillin", formula: "diameter ~ 1 + (1 | plate) + (1 | sample)"),
    BenchmarkCase("pastes", data: "pastes", formula: "strength ~ 1 + (1 | batch/cask)"),
    BenchmarkCase(
      "insteval", data: "insteval", formula: "y ~ 1 + service * dept + (1 | s) + (1 | d)"),
    BenchmarkCase(
      "insteval-dept", data: "insteval",
      formula: "y ~ 1 + service + (1 | s) + (1 | d) + (1 | dept)"),
    BenchmarkCase(
      "sleepstudy-categorical", data: "sleepstudy",
      formula: "reaction ~ 1 + days + (1 + days | subj)", categorical: ["days"]),
  ]
}
