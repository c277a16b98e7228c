// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import RealModule

/// Binomial, logit link: y eta - log(1 + exp eta).
struct BinomialLogitKernel: BatchKernel {
  @inline(__always)
  func value(_ eta: Double, _ y: Double, _ parameter: KernelParameter) -> Double {
    y * eta - Logistic(eta).softplus
  }

  @inline(__always)
  func derivatives(_ eta: Double, _ y: Double, _ parameter: KernelParameter) -> RowDerivatives {
    let logistic = Logistic(eta)
    var row = RowDerivatives()
    row.value = y * eta - logistic.softplus
    // At y = 1 the mean is near the response in the upper tail, and y - mu would lose it.
    row.score = y * logistic.failure - (1 - y) * logistic.success
    row.information = logistic.success * logistic.failure
    row.informationSlope = row.information * (logistic.failure - logistic.success)
    row.expected = row.information
    row.expectedSlope = row.informationSlope
    return row
  }

  func greatestValue(_ y: Double, _ parameter: KernelParameter) -> SaturatedLogDensity {
    binomialGreatestValue(y)
  }
}

extension BinomialLogitKernel {
  func fill(
    _ batch: RowBatch, eta: UnsafePointer<Double>, y: UnsafePointer<Double>, count: Int,
    withDerivatives: Bool
  ) -> Bool {
    var outsideCount = 0
    for i in 0..<count {
      let x = abs(eta[i])
      outsideCount &+= x < exponentialRange ? 0 : 1
      // exp(-|eta|), until the second loop reads it.
      batch.information[i] = branchlessExponential(x < exponentialRange ? -x : 0)
    }
    guard outsideCount == 0 else { return false }
    for i in 0..<count {
      batch.values[i] =
        (y[i] * eta[i] - 0.5 * (eta[i] + abs(eta[i]))) - branchlessLogOnePlus(batch.information[i])
    }
    guard withDerivatives else { return true }
    for i in 0..<count {
      let logistic = LogisticShares(eta[i], small: batch.information[i])
      batch.score[i] = y[i] * logistic.failure - (1 - y[i]) * logistic.success
      let information = logistic.success * logistic.failure
      batch.information[i] = information
      batch.informationSlope[i] = information * (logistic.failure - logistic.success)
    }
    return true
  }
}

/// Binomial, any link: y log mu + (1 - y) log(1 - mu).
struct BinomialKernel<BinomialLink: Link>: RowKernel {
  let link: BinomialLink

  @inline(__always)
  func value(_ eta: Double, _ y: Double, _ parameter: KernelParameter) -> Double {
    value(of: link.logProbabilities(eta), y)
  }

  @inline(__always)
  func derivatives(_ eta: Double, _ y: Double, _ parameter: KernelParameter) -> RowDerivatives {
    let log = link.logProbabilities(eta)
    let rest = 1 - y
    var row = RowDerivatives()
    row.value = value(of: log, y)
    row.score = part(y, log.success.first) + part(rest, log.failure.first)
    row.information = -(part(y, log.success.second) + part(rest, log.failure.second))
    row.informationSlope = -(part(y, log.success.third) + part(rest, log.failure.third))
    // As mu (log mu)' = -(1 - mu) (log(1 - mu))', the expectation is a product of the two slopes.
    row.expected = -log.success.first * log.failure.first
    row.expectedSlope =
      -(log.success.second * log.failure.first + log.success.first * log.failure.second)
    return row
  }

  func greatestValue(_ y: Double, _ parameter: KernelParameter) -> SaturatedLogDensity {
    binomialGreatestValue(y)
  }

  @inline(__always)
  private func value(of log: LogProbabilities, _ y: Double) -> Double {
    // One of the two is NaN where the mean is no probability, whichever the response reads.
    guard !log.success.value.isNaN, !log.failure.value.isNaN else { return -.infinity }
    return part(y, log.success.value) + part(1 - y, log.failure.value)
  }

  /// A share of a logarithm, which may be infinite where the share is zero.
  @inline(__always)
  private func part(_ share: Double, _ logarithm: Double) -> Double {
    share == 0 ? 0 : share * logarithm
  }
}

private func binomialGreatestValue(_ y: Double) -> SaturatedLogDensity {
  SaturatedLogDensity(
    y > 0 && y < 1 ? y * Double.log(y) + (1 - y) * Double.log(onePlus: -y) : 0)
}
