// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import RealModule

// Closed forms for the log link and for the binomial with the logit link: the log-density and its
// derivatives in the linear predictor, with one exponential a row. McCullagh & Nelder (1989),
// table 2.1; Lawless, "Negative binomial and mixed Poisson regression", Canad. J. Statist. 15
// (1987), 209-225.

/// Poisson, log link: y eta - mu.
struct PoissonLogKernel: BatchKernel {
  @inline(__always)
  func value(_ eta: Double, _ y: Double, _ parameter: KernelParameter) -> Double {
    y * eta - Double.exp(eta)
  }

  @inline(__always)
  func derivatives(_ eta: Double, _ y: Double, _ parameter: KernelParameter) -> RowDerivatives {
    let mean = Double.exp(eta)
    var row = RowDerivatives()
    row.value = y * eta - mean
    row.score = y - mean
    row.information = mean
    row.informationSlope = mean
    row.expected = mean
    row.expectedSlope = mean
    return row
  }

  func greatestValue(_ y: Double, _ parameter: KernelParameter) -> SaturatedLogDensity {
    SaturatedLogDensity(y > 0 ? y * Double.log(y) - y : 0)
  }
}

extension PoissonLogKernel {
  func fill(
    _ batch: RowBatch, eta: UnsafePointer<Double>, y: UnsafePointer<Double>, count: Int,
    withDerivatives: Bool
  ) -> Bool {
    var outsideCount = 0
    for i in 0..<count {
      let isInside = abs(eta[i]) < exponentialRange
      outsideCount &+= isInside ? 0 : 1
      batch.information[i] = branchlessExponential(isInside ? eta[i] : 0)
    }
    guard outsideCount == 0 else { return false }
    for i in 0..<count { batch.values[i] = y[i] * eta[i] - batch.information[i] }
    guard withDerivatives else { return true }
    for i in 0..<count {
      batch.score[i] = y[i] - batch.information[i]
      batch.informationSlope[i] = batch.information[i]
    }
    return true
  }
}

/// Gaussian, log link: -(y - mu)²/2φ.
struct GaussianLogKernel: RowKernel {
  @inline(__always)
  func value(_ eta: Double, _ y: Double, _ parameter: KernelParameter) -> Double {
    let residual = y - Double.exp(eta)
    return -0.5 * residual * residual * parameter.inverse
  }

  @inline(__always)
  func derivatives(_ eta: Double, _ y: Double, _ parameter: KernelParameter) -> RowDerivatives {
    let mean = Double.exp(eta)
    let residual = y - mean
    var row = RowDerivatives()
    row.value = -0.5 * residual * residual
    row.score = residual * mean
    row.information = (2 * mean - y) * mean
    row.informationSlope = (4 * mean - y) * mean
    row.expected = mean * mean
    row.expectedSlope = 2 * mean * mean
    return row.divided(by: parameter)
  }

  func greatestValue(_ y: Double, _ parameter: KernelParameter) -> SaturatedLogDensity {
    SaturatedLogDensity(0)
  }
}

/// Gamma, log link: -(eta + y/mu)/φ.
struct GammaLogKernel: RowKernel {
  @inline(__always)
  func value(_ eta: Double, _ y: Double, _ parameter: KernelParameter) -> Double {
    -(eta + y * Double.exp(-eta)) * parameter.inverse
  }

  @inline(__always)
  func derivatives(_ eta: Double, _ y: Double, _ parameter: KernelParameter) -> RowDerivatives {
    let ratio = y * Double.exp(-eta)
    var row = RowDerivatives()
    row.value = -(eta + ratio)
    row.score = ratio - 1
    row.information = ratio
    row.informationSlope = -ratio
    row.expected = 1
    return row.divided(by: parameter)
  }

  func greatestValue(_ y: Double, _ parameter: KernelParameter) -> SaturatedLogDensity {
    let value = -(Double.log(y) + 1) * parameter.inverse
    return SaturatedLogDensity(value, slope: -value)
  }
}

/// Inverse Gaussian, log link: -(y/mu - 1)²/(2φ y).
struct InverseGaussianLogKernel: RowKernel {
  @inline(__always)
  func value(_ eta: Double, _ y: Double, _ parameter: KernelParameter) -> Double {
    let excess = y * Double.exp(-eta) - 1
    return -0.5 * excess * excess / y * parameter.inverse
  }

  @inline(__always)
  func derivatives(_ eta: Double, _ y: Double, _ parameter: KernelParameter) -> RowDerivatives {
    let inverseMean = Double.exp(-eta)
    let ratio = y * inverseMean
    var row = RowDerivatives()
    row.value = -0.5 * (ratio - 1) * (ratio - 1) / y
    row.score = (ratio - 1) * inverseMean
    row.information = (2 * ratio - 1) * inverseMean
    row.informationSlope = (1 - 4 * ratio) * inverseMean
    row.expected = inverseMean
    row.expectedSlope = -inverseMean
    return row.divided(by: parameter)
  }

  func greatestValue(_ y: Double, _ parameter: KernelParameter) -> SaturatedLogDensity {
    SaturatedLogDensity(0)
  }
}

/// Negative binomial, log link: y eta - (y + a) log(1 + mu/a), logistic in eta - log a.
struct NegativeBinomialLogKernel: RowKernel {
  @inline(__always)
  func value(_ eta: Double, _ y: Double, _ parameter: KernelParameter) -> Double {
    y * eta - (y + parameter.value) * Logistic(eta - parameter.logarithm).softplus
  }

  @inline(__always)
  func derivatives(_ eta: Double, _ y: Double, _ parameter: KernelParameter) -> RowDerivatives {
    let size = parameter.value
    let logistic = Logistic(eta - parameter.logarithm)
    // The share mu/(a + mu) and its complement, both without cancellation.
    let share = logistic.success
    let rest = logistic.failure
    let total = y + size
    let spread = share * rest
    var row = RowDerivatives()
    row.value = y * eta - total * logistic.softplus
    row.score = y * rest - size * share
    row.information = total * spread
    row.informationSlope = row.information * (rest - share)
    row.expected = size * share
    row.expectedSlope = size * spread
    row.parameterScore = total * share - size * logistic.softplus
    row.scoreParameterSlope = total * spread - size * share
    row.informationParameterSlope = size * spread - row.informationSlope
    row.expectedParameterSlope = size * share * share
    return row
  }

  func greatestValue(_ y: Double, _ parameter: KernelParameter) -> SaturatedLogDensity {
    guard y > 0 else { return SaturatedLogDensity(0) }
    let growth = Double.log(onePlus: y * parameter.inverse)
    return SaturatedLogDensity(
      y * Double.log(y) - (y + parameter.value) * growth, slope: y - parameter.value * growth)
  }
}
