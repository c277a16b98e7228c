// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelReports
import MixedModels

/// The steps of an optimization as CSV: number, objective, and the parameters: theta, in a
/// generalized model between the coordinates of the fixed effects and the logarithm of a dispersion
/// or size.
struct FitLog {
  let text: String

  init(_ model: any MixedModel) {
    let report = model.fitReport
    let last = (model as? GeneralizedLinearMixedModel)?.logParameterName
    let names = model.theta.indices.map { "theta\($0 + 1)" } + [last].compactMap { $0 }
    let coordinates = (0..<max(0, report.finalParameters.count - names.count)).map {
      "beta\($0 + 1)"
    }
    var csv = CSVText(header: ["evaluation", "objective"] + coordinates + names)
    for step in report.steps {
      csv.append(["\(step.evaluation)"] + ([step.value] + step.parameters).map(CSVText.field))
    }
    text = csv.text
  }
}

extension GeneralizedLinearMixedModel {
  /// The name of the parameter of the likelihood beside the mean.
  fileprivate var logParameterName: String? {
    switch family.dispersion {
    case .one, .pearson: nil
    case .likelihood: "logDispersion"
    case .size: "logSize"
    }
  }
}
