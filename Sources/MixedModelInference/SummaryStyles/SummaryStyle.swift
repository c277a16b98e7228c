// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import MixedModelFitting

/// Whose layout the text of a summary follows.
///
/// The numbers are those of the model in every layout, and names are ours: `period: 2`, `a & b`.
public enum SummaryStyle: String, Sendable, Hashable, CaseIterable {
  /// MixedModels.jl 4: what `print(model)` shows.
  case mixedModels = "mixedmodels"
  /// lme4 1.1-31: `print(summary(model))`; with degrees of freedom, lmerTest 3.1-3.
  case lme4
  /// MATLAB: what it shows for the result of `fitlme` and `fitglme`.
  ///
  /// The covariance parameters have no confidence limits.
  case matlab

  /// The degrees of freedom that the software shows unless asked for others: infinite, but in MATLAB
  /// those of the residuals.
  public var degreesOfFreedom: any DegreesOfFreedomMethod {
    switch self {
    case .mixedModels, .lme4: .infinite
    case .matlab: .residual
    }
  }
}

extension MixedModel {
  /// The summary in the layout of another software, without an end of line.
  ///
  ///     print(try model.summaryText(style: .lme4, dataName: "sleepstudy"))
  ///
  /// R: `print(summary(model))`. MixedModels.jl: `show`. MATLAB: `disp`.
  /// - Parameters:
  ///   - degreesOfFreedom: of the tests of the coefficients; `nil` for those of the style.
  ///   - dataName: what lme4's layout calls the data; without it the line is left out.
  /// - Throws: ``MixedModelError`` if the degrees of freedom are not defined for the model.
  /// - Complexity: that of `residuals` in lme4's layout, which shows their quartiles.
  public func summaryText(
    style: SummaryStyle, degreesOfFreedom: (any DegreesOfFreedomMethod)? = nil,
    dataName: String? = nil
  ) throws(MixedModelError) -> String {
    let method = degreesOfFreedom ?? style.degreesOfFreedom
    return try inference(by: method).summaryText(style: style, dataName: dataName)
  }

  private func inference(
    by method: some DegreesOfFreedomMethod
  ) throws(MixedModelError) -> FixedEffectsInference {
    try inference(degreesOfFreedom: method)
  }
}

extension FixedEffectsInference {
  /// The summary with these tests in the layout of another software, without an end of line.
  /// - Parameter dataName: what lme4's layout calls the data; without it the line is left out.
  /// - Throws: ``MixedModelError`` if the coefficients have no table.
  /// - Complexity: that of `residuals` in lme4's layout, which shows their quartiles.
  public func summaryText(
    style: SummaryStyle, dataName: String? = nil
  ) throws(MixedModelError) -> String {
    switch style {
    case .mixedModels: summary().description
    case .lme4:
      Lme4Layout(
        model: model, table: try coefficientTable(), testDescription: testDescription,
        dataName: dataName
      ).text
    case .matlab: MATLABLayout(model: model, table: try coefficientTable()).text
    }
  }
}
