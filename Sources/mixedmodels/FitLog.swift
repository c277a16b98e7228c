// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelReports
import MixedModels

/// The steps of an optimization as CSV: number, objective, and the parameters theta.
struct FitLog {
  let text: String

  init(_ report: FitReport) {
    let parameters = report.finalParameters.indices.map { "theta\($0 + 1)" }
    var csv = CSVText(header: ["evaluation", "objective"] + parameters)
    for step in report.steps {
      csv.append(["\(step.evaluation)"] + ([step.value] + step.parameters).map(CSVText.field))
    }
    text = csv.text
  }
}
