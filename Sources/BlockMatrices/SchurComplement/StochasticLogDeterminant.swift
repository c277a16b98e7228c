// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// An estimate of `log|Λ'AΛ + I|` by stochastic Lanczos quadrature, with its exact derivative.
///
/// Of `log|D| + log|P| + log|M|` (see ``SchurComplement``) the first two are exact, and the last, small
/// where the design is well connected, is the mean of `z' log(M) z` over probes z of random signs. With
/// the same probes at every Λ the estimate is a smooth function of Λ.
///
/// A probe is taken for each random effect of the tail by itself, with zeros for all others: the sum of
/// these forms has the same mean and less variance than that of the whole vector, and does not change
/// with the sign of a column of Λ.
///
/// Source: Ubaru, Chen & Saad, "Fast estimation of tr(f(A)) via stochastic Lanczos quadrature", SIAM J.
/// Matrix Anal. Appl. 38 (2017), 1075-1099.
package struct StochasticLogDeterminant: Sendable {
  /// One value of the whole log-determinant per probe; their mean is the estimate.
  package let values: [Double]
  /// The derivatives with respect to all k² entries of every factor, one factor after the other; empty
  /// if they were not asked for.
  package let adjoint: [Double]
  /// The largest dimension of a Krylov space.
  package let stepCount: Int

  package var estimate: Double { values.reduce(0, +) / Double(values.count) }
}

extension SchurComplement {
  /// The estimate at the factors that were factorized last.
  /// - Parameters:
  ///   - probes: for each probe its entries, ±1, over the tail; a function, because all of them would
  ///     take as much memory as A.
  ///   - threads: how many share the work; the result does not depend on it.
  /// - Returns: `nil` if a Krylov space would exceed its limit.
  package func stochasticLogDeterminant(
    probeCount: Int, probe: (Int) -> [Double], differentiated: Bool,
    limits: KrylovLimits = KrylovLimits(), threads: Int = 1
  ) -> StochasticLogDeterminant? {
    let effects = matrix.layout.tailEffects
    let batches = (probeCount * effects.count + Lanes.count - 1) / Lanes.count
    var parts = [Part?](repeating: nil, count: batches)
    parts.withUnsafeMutableBufferPointer { parts in
      guard let parts = parts.baseAddress else { return }
      // Each batch has a place of its own.
      shareWork(batches, threads: threads) { batch in
        var start = [Lanes](repeating: Lanes(), count: order)
        for lane in 0..<Lanes.count {
          let number = batch * Lanes.count + lane
          guard number < probeCount * effects.count else { break }
          let signs = probe(number / effects.count)
          let places = effects[number % effects.count]
          for place in places { start[place][lane] = signs[place] }
        }
        parts[batch] = part(start, differentiated: differentiated, limits)
      }
    }
    var values = [Double](repeating: headLogDeterminant + blockLogDeterminant, count: probeCount)
    var adjoint = SchurAdjoint(matrix.layout)
    var stepCount = 0
    for (batch, part) in parts.enumerated() {
      guard let part else { return nil }
      for lane in 0..<Lanes.count {
        let number = batch * Lanes.count + lane
        if number < probeCount * effects.count {
          values[number / effects.count] += part.values[lane]
        }
      }
      if let own = part.adjoint { adjoint.add(own) }
      stepCount = max(stepCount, part.stepCount)
    }
    return StochasticLogDeterminant(
      values: values,
      adjoint: differentiated ? complete(adjoint, scale: 1 / Double(probeCount)) : [],
      stepCount: stepCount)
  }

  /// What one batch of vectors contributes.
  private struct Part {
    let values: Lanes
    let adjoint: SchurAdjoint?
    let stepCount: Int
  }

  private func part(
    _ start: [Lanes], differentiated: Bool, _ limits: KrylovLimits
  ) -> Part? {
    guard
      let basis = KrylovBasis(
        start, tolerance: limits.tolerance, limit: limits.dimension,
        multiply: { multiply($0, into: &$1) }),
      let (values, vectors) = basis.logarithms(differentiated: differentiated)
    else { return nil }
    guard differentiated else {
      return Part(values: values, adjoint: nil, stepCount: basis.stepCount)
    }
    var adjoint = SchurAdjoint(matrix.layout)
    for vector in vectors { addQuadraticForms(vector, to: &adjoint) }
    return Part(values: values, adjoint: adjoint, stepCount: basis.stepCount)
  }
}

extension BlockLayout {
  /// For each random effect of each term of the tail, its places among those of the tail.
  fileprivate var tailEffects: [StrideTo<Int>] {
    terms.indices.dropFirst().flatMap { term in
      let start = tailStart(term)
      return (0..<terms[term].dimension).map {
        stride(from: start + $0, to: start + terms[term].count, by: terms[term].dimension)
      }
    }
  }
}
