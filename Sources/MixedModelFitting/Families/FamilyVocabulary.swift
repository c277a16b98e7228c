// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

/// The text names of the built-in families, such as options and saved models hold.
package enum FamilyVocabulary {
  /// The family of the given name.
  /// - Parameter size: the size parameter of the negative binomial family, if it is known.
  /// - Throws: ``MixedModelError`` if there is no such family, or it has no size parameter.
  package static func family(
    named name: String, size: Double? = nil
  ) throws(MixedModelError) -> any Family {
    guard let family = builtIn.first(where: { $0.name == name }) else {
      throw .unknownFamily(name, available: builtIn.map(\.name))
    }
    guard let size else { return family }
    guard family is NegativeBinomial else { throw .sizeOfOtherFamily(size, family: name) }
    return try NegativeBinomial(size: size)
  }

  /// In the order in which messages list them.
  private static let builtIn: [any Family] = [
    Gaussian(), Binomial(isBernoulli: true), Binomial(), Poisson(), NegativeBinomial(), Gamma(),
    InverseGaussian(), Quasi.binomial, Quasi.poisson,
  ]
}

/// The text names of the built-in links.
package enum LinkVocabulary {
  /// The link of the given name: `logit`, `power:0.5`.
  /// - Throws: ``MixedModelError`` if there is no such link, or its power is not a number.
  package static func link(named name: String) throws(MixedModelError) -> any Link {
    if let link = builtIn.first(where: { $0.name == name }) { return link }
    let prefix = "power:"
    guard name.hasPrefix(prefix) else {
      throw .unknownLink(name, available: builtIn.map(\.name) + ["power:P"])
    }
    let text = String(name.dropFirst(prefix.count))
    guard let exponent = Double(text) else { throw .unreadablePower(text) }
    return try PowerLink(exponent: exponent)
  }

  /// In the order in which messages list them.
  private static let builtIn: [any Link] = [
    IdentityLink(), LogitLink(), ProbitLink(), ComplementaryLogLogLink(), CauchitLink(), LogLink(),
    InverseLink(), InverseSquareLink(), SquareRootLink(),
  ]
}

// MARK: - Leading-dot names

extension Family where Self == Gaussian {
  /// The normal distribution.
  public static var gaussian: Gaussian { Gaussian() }
}

extension Family where Self == Binomial {
  /// The binomial distribution of proportions, weights being the numbers of trials.
  public static var binomial: Binomial { Binomial() }

  /// The Bernoulli distribution of responses 0 and 1.
  public static var bernoulli: Binomial { Binomial(isBernoulli: true) }
}

extension Family where Self == Poisson {
  /// The Poisson distribution of counts.
  public static var poisson: Poisson { Poisson() }
}

extension Family where Self == NegativeBinomial {
  /// The negative binomial distribution of counts, its size estimated.
  public static var negativeBinomial: NegativeBinomial { NegativeBinomial() }
}

extension Family where Self == Gamma {
  /// The gamma distribution of positive responses.
  public static var gamma: Gamma { Gamma() }
}

extension Family where Self == InverseGaussian {
  /// The inverse Gaussian distribution of positive responses.
  public static var inverseGaussian: InverseGaussian { InverseGaussian() }
}

extension Family where Self == Quasi {
  /// The quasi-likelihood of proportions.
  public static var quasiBinomial: Quasi { Quasi.binomial }

  /// The quasi-likelihood of amounts.
  public static var quasiPoisson: Quasi { Quasi.poisson }
}

extension Link where Self == IdentityLink {
  /// eta = mu.
  public static var identity: IdentityLink { IdentityLink() }
}

extension Link where Self == LogitLink {
  /// eta = log(mu / (1 - mu)).
  public static var logit: LogitLink { LogitLink() }
}

extension Link where Self == ProbitLink {
  /// eta = Φ⁻¹(mu).
  public static var probit: ProbitLink { ProbitLink() }
}

extension Link where Self == ComplementaryLogLogLink {
  /// eta = log(-log(1 - mu)).
  public static var cloglog: ComplementaryLogLogLink { ComplementaryLogLogLink() }
}

extension Link where Self == CauchitLink {
  /// eta = tan(π (mu - 1/2)).
  public static var cauchit: CauchitLink { CauchitLink() }
}

extension Link where Self == LogLink {
  /// eta = log mu.
  public static var log: LogLink { LogLink() }
}

extension Link where Self == InverseLink {
  /// eta = 1/mu.
  public static var inverse: InverseLink { InverseLink() }
}

extension Link where Self == InverseSquareLink {
  /// eta = 1/mu².
  public static var inverseSquare: InverseSquareLink { InverseSquareLink() }
}

extension Link where Self == SquareRootLink {
  /// eta = √mu.
  public static var squareRoot: SquareRootLink { SquareRootLink() }
}
