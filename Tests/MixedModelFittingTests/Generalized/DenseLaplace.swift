// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import Foundation
import TestSupport

@testable import MixedModelFitting

/// The Laplace approximation by its definition: densities written out family by family, Newton's
/// method on all random effects with a dense Hessian, and a dense determinant.
///
/// Only the link functions, tested on their own, are shared with the code under test.
struct DenseLaplace {
  let problem: GeneralizedProblem
  let x: Matrix
  let z: Matrix
  let y: [Double]
  let weights: [Double]
  let offset: [Double]

  init(_ problem: GeneralizedProblem) {
    self.problem = problem
    let rows = problem.rows
    let n = rows.rowCount
    let rank = problem.numbers.rank
    let estimable = problem.numbers.basis.estimable
    x = Matrix(n, rank) { rows.fixedEffects[$0, estimable[$1]] }
    let layout = problem.numbers.layout
    var z = Matrix(rowCount: n, columnCount: layout.randomCount)
    for (term, shape) in zip(rows.terms, layout.terms) {
      let k = shape.dimension
      for row in 0..<n {
        for effect in 0..<k {
          z[row, shape.start + Int(term.levelCodes[row]) * k + effect] =
            term.values[row * k + effect]
        }
      }
    }
    self.z = z
    y = rows.response
    weights = problem.weights ?? [Double](repeating: 1, count: n)
    offset = rows.offset ?? [Double](repeating: 0, count: n)
  }

  /// `ZΛ`.
  func scaledRandomEffectsMatrix(_ theta: [Double]) -> Matrix {
    let layout = problem.numbers.layout
    let factors = problem.covariance.factors(theta)
    var lambda = Matrix.identity(layout.randomCount)
    for (index, shape) in layout.terms.enumerated() {
      let k = shape.dimension
      for level in 0..<shape.levelCount {
        let first = shape.start + level * k
        for j in 0..<k {
          for i in 0..<k {
            lambda[first + i, first + j] = factors[layout.factorStart[index] + i + j * k]
          }
        }
      }
    }
    return z * lambda
  }

  struct Value {
    let criterion: Double
    let u: [Double]
    let beta: [Double]
    /// The largest entry of the equations of the mode.
    let imbalance: Double
  }

  /// The criterion at the given parameters; with `beta` nil the fixed effects move with u.
  func value(
    beta: [Double]?, theta: [Double], t: Double, information: LaplaceInformation,
    start: [Double] = []
  ) -> Value {
    let n = y.count
    let half = scaledRandomEffectsMatrix(theta)
    let q = half.columnCount
    let p = beta == nil ? x.columnCount : 0
    let design = Matrix(n, q + p) { $1 < q ? half[$0, $1] : x[$0, $1 - q] }
    let fixed = (x * Matrix(column: beta ?? [Double](repeating: 0, count: x.columnCount))).values
    var v = [Double](repeating: 0, count: q) + (p > 0 ? start : [])

    func rows(_ v: [Double]) -> (deviance: Double, rows: [Row]) {
      let random = (design * Matrix(column: v)).values
      let rows = (0..<n).map { row($0, offset[$0] + fixed[$0] + random[$0], t) }
      let penalty = v.prefix(q).reduce(0) { $0 + $1 * $1 }
      return (rows.reduce(penalty) { $0 - 2 * $1.density }, rows)
    }
    func hessian(_ weights: [Double]) -> Matrix {
      let weighted = Matrix(n, q + p) { weights[$0] * design[$0, $1] }
      var m = design.transposed * weighted
      for i in 0..<q { m[i, i] += 1 }
      return m
    }
    func score(_ rows: [Row], _ v: [Double]) -> [Double] {
      let product = (design.transposed * Matrix(column: rows.map(\.score))).values
      return product.enumerated().map { $1 - ($0 < q ? v[$0] : 0) }
    }

    var current = rows(v)
    for _ in 0..<200 {
      let r = score(current.rows, v)
      // Fisher's scoring far away, Newton's method near the mode.
      let isNear = r.reduce(0) { max($0, abs($1)) } < 1e-2
      let m = hessian(current.rows.map { isNear ? $0.observed : $0.expected })
      let step = m.solve(Matrix(column: r)).values
      var length = 1.0
      var next = v
      var moved = current
      repeat {
        next = zip(v, step).map { $0 + length * $1 }
        moved = rows(next)
        length /= 2
      } while !(moved.deviance <= current.deviance + 1e-10) && length > 1e-9
      v = next
      current = moved
      if step.allSatisfy({ abs($0) < 1e-14 * max(1, abs($0)) }) || length < 1e-9 { break }
      if isNear, step.reduce(0, { max($0, abs($1)) }) < 1e-13 { break }
    }
    let m = hessian(current.rows.map { information == .observed ? $0.observed : $0.expected })
    return Value(
      criterion: current.deviance + m.block(0..<q, 0..<q).logDeterminant, u: Array(v.prefix(q)),
      beta: beta ?? Array(v.suffix(p)),
      imbalance: score(current.rows, v).reduce(0) { max($0, abs($1)) })
  }

  struct Row {
    let density: Double
    /// The first derivative in the linear predictor, minus the second, and its expectation.
    let score: Double
    let observed: Double
    let expected: Double
  }

  /// The log-density of a row by the textbook formula, with derivatives by the chain rule.
  private func row(_ i: Int, _ eta: Double, _ t: Double) -> Row {
    let mean = problem.link.mean(eta)
    let w = weights[i]
    let own = density(y[i], mean.value, w, t)
    return Row(
      density: own.value, score: own.first * mean.first,
      observed: -(own.second * mean.first * mean.first + own.first * mean.second),
      expected: own.expected * mean.first * mean.first)
  }

  /// log f(y; mu), its first two derivatives in mu, and minus the second's expectation.
  private func density(
    _ y: Double, _ mu: Double, _ w: Double, _ t: Double
  ) -> (value: Double, first: Double, second: Double, expected: Double) {
    let phi = exp(t)
    let count = w * y
    switch problem.family {
    case is Binomial:
      let choose = lgamma(w + 1) - lgamma(count + 1) - lgamma(w - count + 1)
      let gain = count == 0 ? 0 : count * log(mu)
      let loss = w == count ? 0 : (w - count) * log(1 - mu)
      return (
        choose + gain + loss, count / mu - (w - count) / (1 - mu),
        -count / (mu * mu) - (w - count) / ((1 - mu) * (1 - mu)), w / (mu * (1 - mu))
      )
    case is Poisson:
      return (
        count * log(w * mu) - w * mu - lgamma(count + 1), count / mu - w, -count / (mu * mu), w / mu
      )
    case let family as NegativeBinomial:
      let size = w * (family.size ?? phi)
      let total = size + w * mu
      let value =
        lgamma(count + size) - lgamma(size) - lgamma(count + 1) + size * log(size / total)
        + count * log(w * mu / total)
      return (
        value, count / mu - (count + size) * w / total,
        -count / (mu * mu) + (count + size) * (w / total) * (w / total),
        w / mu - w * w / total
      )
    case is Gamma:
      let a = w / phi
      return (
        a * log(a * y / mu) - a * y / mu - log(y) - lgamma(a), a * (y - mu) / (mu * mu),
        a * (mu - 2 * y) / (mu * mu * mu), a / (mu * mu)
      )
    case is InverseGaussian:
      let a = w / phi
      return (
        0.5 * log(a / (2 * .pi * y * y * y)) - a * (y - mu) * (y - mu) / (2 * mu * mu * y),
        a * (y - mu) / (mu * mu * mu), a * (2 * mu - 3 * y) / (mu * mu * mu * mu),
        a / (mu * mu * mu)
      )
    case is Gaussian:
      let a = w / phi
      return (
        0.5 * log(a / (2 * .pi)) - a * (y - mu) * (y - mu) / 2, a * (y - mu), -a, a
      )
    case let family as Quasi where family.isPoisson:
      let value = (y == 0 ? 0 : y * log(mu / y)) - (mu - y)
      return (w * value, w * (y / mu - 1), -w * y / (mu * mu), w / mu)
    case let family as Quasi where family.isBinomial:
      let gain = y == 0 ? 0 : y * log(mu / y)
      let loss = y == 1 ? 0 : (1 - y) * log((1 - mu) / (1 - y))
      return (
        w * (gain + loss), w * (y / mu - (1 - y) / (1 - mu)),
        -w * (y / (mu * mu) + (1 - y) / ((1 - mu) * (1 - mu))), w / (mu * (1 - mu))
      )
    default:
      return (.nan, .nan, .nan, .nan)
    }
  }
}
