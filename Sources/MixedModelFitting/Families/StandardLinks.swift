// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import RealModule

// The links of generalized linear models; McCullagh & Nelder, *Generalized Linear Models*
// (2nd ed., 1989), sections 2.2.3 and 4.3.1; R: `make.link` and `power`. Those for
// probabilities are in ProbabilityLinks.swift.

/// eta = mu.
public struct IdentityLink: Link {
  public let name = "identity"
  public let meanRange = -Double.infinity...Double.infinity

  public init() {}

  public func linearPredictor(_ mean: Double) -> Double { mean }

  public func mean(_ linearPredictor: Double) -> SmoothValue {
    SmoothValue(linearPredictor, 1, 0, 0)
  }
}

/// eta = log mu.
public struct LogLink: Link {
  public let name = "log"
  public let meanRange = 0...Double.infinity

  public init() {}

  public func linearPredictor(_ mean: Double) -> Double { Double.log(mean) }

  public func mean(_ linearPredictor: Double) -> SmoothValue {
    let mean = Double.exp(linearPredictor)
    return SmoothValue(mean, mean, mean, mean)
  }

  public func logProbabilities(_ linearPredictor: Double) -> LogProbabilities {
    guard linearPredictor < 0 else {
      return LogProbabilities(success: .undefined, failure: .undefined)
    }
    let odds = 1 / Double.expMinusOne(-linearPredictor)
    let second = -odds * (1 + odds)
    return LogProbabilities(
      success: SmoothValue(linearPredictor, 1, 0, 0),
      failure: SmoothValue(
        logOneMinusExp(linearPredictor), -odds, second, second * (1 + 2 * odds)))
  }
}

/// eta = 1/mu.
public struct InverseLink: Link {
  public let name = "inverse"
  public let meanRange = -Double.infinity...Double.infinity

  public init() {}

  public func linearPredictor(_ mean: Double) -> Double { 1 / mean }

  public func mean(_ linearPredictor: Double) -> SmoothValue {
    guard linearPredictor != 0 else { return .undefined }
    let mean = 1 / linearPredictor
    let first = -mean * mean
    return SmoothValue(mean, first, -2 * first * mean, 6 * first * mean * mean)
  }
}

/// eta = 1/mu².
public struct InverseSquareLink: Link {
  public let name = "inversesquare"
  public let meanRange = 0...Double.infinity

  public init() {}

  public func linearPredictor(_ mean: Double) -> Double {
    mean > 0 ? 1 / (mean * mean) : .nan
  }

  public func mean(_ linearPredictor: Double) -> SmoothValue {
    guard linearPredictor > 0 else { return .undefined }
    let inverse = 1 / linearPredictor
    let mean = inverse.squareRoot()
    let first = -0.5 * mean * inverse
    let second = -1.5 * first * inverse
    return SmoothValue(mean, first, second, -2.5 * second * inverse)
  }
}

/// eta = √mu; mu = eta², whatever the sign of eta.
///
/// Random effects are unbounded, so that a linear predictor may fall below zero. A likelihood that
/// is cut off there would leave out a part of the integral over them (glmmTMB takes the square, too;
/// R's `make.link` refuses).
public struct SquareRootLink: Link {
  public let name = "sqrt"
  public let meanRange = 0...Double.infinity

  public init() {}

  public func linearPredictor(_ mean: Double) -> Double { mean.squareRoot() }

  public func mean(_ linearPredictor: Double) -> SmoothValue {
    guard linearPredictor.isFinite else { return .undefined }
    return SmoothValue(linearPredictor * linearPredictor, 2 * linearPredictor, 2, 0)
  }
}

/// eta = mu^p, for positive means.
public struct PowerLink: Link {
  /// The power p, finite and not zero.
  public let exponent: Double
  public let meanRange = 0...Double.infinity

  /// - Throws: ``MixedModelError`` if the exponent is zero or not finite.
  public init(exponent: Double) throws(MixedModelError) {
    guard exponent.isFinite, exponent != 0 else { throw .powerLinkExponent(exponent) }
    self.exponent = exponent
  }

  public var name: String { "power:\(numberText(exponent))" }

  public func linearPredictor(_ mean: Double) -> Double {
    mean > 0 ? Double.pow(mean, exponent) : .nan
  }

  public func mean(_ linearPredictor: Double) -> SmoothValue {
    guard linearPredictor > 0 else { return .undefined }
    let power = 1 / exponent
    let mean = Double.pow(linearPredictor, power)
    let first = power * mean / linearPredictor
    let second = (power - 1) * first / linearPredictor
    return SmoothValue(mean, first, second, (power - 2) * second / linearPredictor)
  }
}

/// log(1 - exp(x)) for negative x.
///
/// Source: Mächler, "Accurately computing log(1 - exp(-|a|))" (2012), R package Rmpfr.
func logOneMinusExp(_ x: Double) -> Double {
  x > -0.6931471805599453
    ? Double.log(-Double.expMinusOne(x)) : Double.log(onePlus: -Double.exp(x))
}
