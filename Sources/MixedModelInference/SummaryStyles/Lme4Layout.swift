// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelFitting
import ModelFormulas

/// The summary as `print(summary(model))` shows it in R, of `lmer` and `glmer` (lme4 1.1-31) or,
/// with degrees of freedom, of lmerTest 3.1-3.
struct Lme4Layout {
  let model: any MixedModel
  let table: CoefficientTable
  /// What the tests with degrees of freedom use, as the title says it.
  let testDescription: String?
  let dataName: String?

  /// R's `digits` of 7, less three.
  static let digitCount = 4
  /// R's `width`.
  static let lineWidth = 80

  var text: String {
    (titleLines + descriptionLines + [""] + criterionLines + stochasticLines + [""] + residualLines
      + randomEffectsLines + ["", "Fixed effects:"] + coefficientLines + correlationLines
      + warningLines).joined(separator: "\n")
  }

  var hasDegreesOfFreedom: Bool { table.contains { $0.degreesOfFreedom != nil } }
}

// MARK: - What was fitted

extension Lme4Layout {
  private var titleLines: [String] {
    var title = "\(kind) mixed model fit by \(method)"
    if hasDegreesOfFreedom, let testDescription { title += ". t-tests use \(testDescription)" }
    let fitted =
      model.isGeneralized ? "glmerMod" : hasDegreesOfFreedom ? "lmerModLmerTest" : "lmerMod"
    // R breaks a long title, and then leaves the quotes out.
    guard title.count + fitted.count + 5 > Self.lineWidth else { return ["\(title) ['\(fitted)']"] }
    var lines: [String] = []
    var line = ""
    for word in title.split(separator: " ").map(String.init) {
      if line.isEmpty {
        line = word
      } else if line.count + 1 + word.count < Self.lineWidth - 2 {
        line += " " + word
      } else {
        lines.append(line)
        line = "  " + word
      }
    }
    return TextColumns.filled(
      lines + [line, " [", fitted, "]"], separator: "", width: Self.lineWidth)
  }

  private var kind: String { model.isGeneralized ? "Generalized linear" : "Linear" }

  private var method: String {
    switch model.criterionName {
    case "ML": "maximum likelihood "
    case "REML": "REML"
    default:
      switch model.quadraturePointCount {
      case nil: "pseudo-likelihood (\(model.criterionName))"
      case 1: "maximum likelihood (Laplace Approximation)"
      case .some(let count):
        "maximum likelihood (Adaptive Gauss-Hermite Quadrature, nAGQ = \(count))"
      }
    }
  }

  private var descriptionLines: [String] {
    var lines: [String] = []
    if model.isGeneralized {
      let family = model.family.nameInR(size: model.sizeParameter)
      lines.append(" Family: \(family)  ( \(model.link.nameInR) )")
    }
    lines += TextColumns.filled(["Formula:"] + model.formula.sourceLines(), width: Self.lineWidth)
    for (heading, name) in [
      ("   Data:", dataName), ("Weights:", model.design.weights), (" Offset:", model.design.offset),
    ] {
      guard let name else { continue }
      lines += TextColumns.filled([heading, name], width: Self.lineWidth)
    }
    return lines
  }

  /// The information criteria, or the one value of a criterion that has none.
  private var criterionLines: [String] {
    guard let criteria = model.informationCriteria, model.criterionName != "REML" else {
      let statistic = model.summary(degreesOfFreedom: nil).fitStatistics.first
      let value = Self.shortText([(statistic?.value ?? .nan).rounded(decimals: 1)])[0]
      return ["\(statistic?.label ?? ""): \(value)"]
    }
    let values = Self.shortText(
      [criteria.aic, criteria.bic, criteria.logLikelihood, criteria.objective]
        .map { $0.rounded(decimals: 1) })
    let remaining = String(model.observationCount - model.parameterCount)
    return TextColumns.named(
      zip(["AIC", "BIC", "logLik", "deviance"], values).map { ($0, $1) }
        + [("df.resid", remaining)],
      width: Self.lineWidth)
  }

  /// What lme4 has no place for: the error of a stochastic log-determinant.
  private var stochasticLines: [String] {
    model.stochasticError.map { ["Monte Carlo standard error: \($0.summary)"] } ?? []
  }

  /// Numbers with R's seven digits.
  private static func shortText(_ values: [Double]) -> [String] {
    CommonNotation.column(values, significantDigits: 7)
  }

  /// The quartiles of the residuals; nothing if the model holds no rows.
  private var residualLines: [String] {
    guard let residuals = model.pearsonResiduals?.sorted(), let last = residuals.last else {
      return []
    }
    let quantiles = [0, 0.25, 0.5, 0.75].map { residuals.quantileOfSorted($0) } + [last]
    // R's zapsmall: five digits less the decimal logarithm of the largest, to the nearest whole number.
    let largest = quantiles.map(\.magnitude).max() ?? 0
    let logarithm = (((largest * largest).decimalExponent ?? 0) + 1) >> 1
    let decimals = max(0, Self.digitCount + 1 - logarithm)
    let texts = CommonNotation.column(
      quantiles.map { $0.rounded(decimals: decimals) }, significantDigits: Self.digitCount)
    let names = ["Min", "1Q", "Median", "3Q", "Max"]
    return ["Scaled residuals: "]
      + TextColumns.named(zip(names, texts).map { ($0, $1) }, width: Self.lineWidth) + [""]
  }
}

// MARK: - What deserves attention

extension Lme4Layout {
  /// What stands at the end if something was dropped, or the fit is singular or did not converge.
  private var warningLines: [String] {
    var dropped: [String] = []
    var attention: [String] = []
    for note in model.notes {
      switch note {
      case .formulaReading, .rowsOmitted: continue
      case .columnsDropped: dropped.append(note.description)
      default: attention.append(note.description)
      }
    }
    let report = model.fitReport
    let isSuccess = report.termination.isSuccess
    let outcome = isSuccess ? "0 (OK)" : "1 (\(report.termination.returnCode))"
    return (dropped.isEmpty ? [] : ["fit warnings:"] + dropped)
      + (attention.isEmpty
        ? [] : ["optimizer (\(report.optimizerName)) convergence code: \(outcome)"] + attention)
  }
}

// MARK: - Names in R

extension MixedModel {
  /// Whether the model is one that `glmer` fits.
  var isGeneralized: Bool { criterionName != "ML" && criterionName != "REML" }
}

extension Family {
  fileprivate func nameInR(size: Double?) -> String {
    switch self {
    case is Binomial: "binomial"
    case is NegativeBinomial:
      "Negative Binomial("
        + CommonNotation.column([(size ?? .nan).rounded(decimals: 4)], significantDigits: 7)[0]
        + ")"
    case is Gamma: "Gamma"
    case is InverseGaussian: "inverse.gaussian"
    default: name
    }
  }
}

extension Link {
  fileprivate var nameInR: String {
    switch self {
    case is InverseSquareLink: "1/mu^2"
    case let link as PowerLink: "mu^\(link.exponent.generalText(digits: 3))"
    default: name
    }
  }
}

extension [Double] {
  /// The quantile of ascending values by linear interpolation (type 7 of Hyndman & Fan 1996).
  fileprivate func quantileOfSorted(_ probability: Double) -> Double {
    let place = Double(count - 1) * probability
    let lower = Int(place)
    let fraction = place - Double(lower)
    guard fraction > 0 else { return self[lower] }
    return (1 - fraction) * self[lower] + fraction * self[lower + 1]
  }
}
