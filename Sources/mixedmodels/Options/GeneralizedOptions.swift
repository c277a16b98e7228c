// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MixedModelFitting
import MixedModels

/// The options of generalized models.
struct GeneralizedOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The distribution of the response: gaussian, bernoulli, binomial, poisson,"
        + " negativebinomial, gamma, inversegaussian, quasibinomial or quasipoisson.",
      valueName: "name"))
  var family = "gaussian"

  @Option(
    help: ArgumentHelp(
      "The link function: identity, logit, probit, cloglog, cauchit, log, inverse, inversesquare,"
        + " sqrt or power:P; the family's own if absent.",
      valueName: "name"))
  var link: String?

  @Option(
    help: ArgumentHelp(
      "The size parameter of the negative binomial family; estimated if absent.", valueName: "x"))
  var sizeParameter: Double?

  @Flag(help: "Optimize the fixed effects along with the conditional modes: faster, less accurate.")
  var fast = false

  @Option(
    help: ArgumentHelp(
      "Points of adaptive Gauss-Hermite quadrature; 1 is the Laplace approximation, 0 is --fast.",
      valueName: "k"))
  var nagq: Int?

  @Flag(help: "Fit by pseudo-likelihood (MATLAB's MPL; with --reml its REMPL).")
  var pseudoLikelihood = false

  @Option(
    help: ArgumentHelp(
      "The information in the Laplace approximation of a link that is not canonical: observed, or"
        + " expected as in lme4.",
      valueName: "kind"))
  var laplace: String?

  @Option(
    help: ArgumentHelp(
      "Standard errors of a generalized model: joint, or conditional on the covariance parameters.",
      valueName: "kind"))
  var covariance: String?
}

extension GeneralizedOptions {
  /// The family, its link, and how the model is fitted.
  struct Choice {
    let family: any Family
    let link: any Link
    let criterion: GeneralizedCriterion
    let information: LaplaceInformation
    let covariance: FixedEffectsCovarianceKind
  }

  /// What the options ask for; `nil` for a linear model.
  /// - Parameter isREML: whether the REML criterion is asked for.
  /// - Throws: an error that names the option at fault.
  func choice(isREML: Bool) throws(MixedModelError) -> Choice? {
    let family = try FamilyVocabulary.family(named: family, size: sizeParameter)
    let link = try link.map { text throws(MixedModelError) in
      try LinkVocabulary.link(named: text)
    }
    if family is Gaussian, link.map({ $0 is IdentityLink }) ?? true {
      try refuseForLinearModel()
      return nil
    }
    guard !isREML || pseudoLikelihood else {
      throw .restrictedGeneralizedModel(family: family.name)
    }
    return Choice(
      family: family, link: link ?? family.defaultLink,
      criterion: pseudoLikelihood ? try pseudoLikelihood(isREML) : try criterion(),
      information: try Self.value(laplace, option: "laplace", .observed, or: .expected),
      covariance: try Self.value(covariance, option: "covariance", .joint, or: .conditional))
  }

  private func pseudoLikelihood(
    _ isREML: Bool
  ) throws(MixedModelError) -> GeneralizedCriterion {
    for (name, isGiven) in [("nagq", nagq != nil), ("fast", fast), ("laplace", laplace != nil)]
    where isGiven {
      throw .optionBesidePseudoLikelihood(name)
    }
    return isREML ? .restrictedPseudoLikelihood : .pseudoLikelihood
  }

  private func criterion() throws(MixedModelError) -> GeneralizedCriterion {
    let points = nagq ?? 1
    guard points >= 0 else {
      throw .optionValue("nagq", "\(points)", accepted: "a whole number from 0")
    }
    return switch points {
    case 0: .profiledLaplace
    case 1: fast ? .profiledLaplace : .laplace
    default: fast ? .profiledQuadrature(points: points) : .quadrature(points: points)
    }
  }

  private func refuseForLinearModel() throws(MixedModelError) {
    for (name, isGiven) in [
      ("nagq", nagq != nil), ("laplace", laplace != nil), ("covariance", covariance != nil),
      ("fast", fast), ("pseudo-likelihood", pseudoLikelihood),
    ] where isGiven { throw .optionOfGeneralizedModels(name) }
  }

  /// The value of an option with two values, the first by default.
  private static func value<Value: RawRepresentable<String>>(
    _ text: String?, option: String, _ first: Value, or second: Value
  ) throws(MixedModelError) -> Value {
    guard let text, text != first.rawValue else { return first }
    guard text == second.rawValue else {
      throw .optionValue(option, text, accepted: "\(first.rawValue) or \(second.rawValue)")
    }
    return second
  }
}
