// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import RealModule

/// Orthonormal bases V of the Krylov spaces of a symmetric positive definite matrix M and eight vectors
/// b, with `V'MV = T` tridiagonal, by Lanczos' method with full reorthogonalization.
///
/// What is wanted of f(M)b is then a matter of the small T: `f(M)b = |b| V f(T) e₁`. For `f(x) = 1/x`
/// these are the iterates of conjugate gradients, and a basis ends where their residuals are below the
/// tolerance; quadratic forms `b'f(M)b` are then right to its square.
///
/// Source: Golub & Meurant, *Matrices, Moments and Quadrature with Applications* (2010), chapters 4
/// and 6.
package struct KrylovBasis {
  /// The columns of V, eight vectors side by side; of a space that ended before, zeros.
  private var vectors: [[Lanes]] = []
  private var diagonals: [Lanes] = []
  private var offDiagonals: [Lanes] = []
  private let norms: Lanes
  /// The order of M.
  private let order: Int
  /// The dimension of each space; zero for a vector b of zeros.
  package private(set) var dimensions: [Int]

  /// - Parameters:
  ///   - start: the eight vectors.
  ///   - tolerance: of the residual of `Mx = b`, relative to b.
  ///   - limit: the largest dimension.
  ///   - multiply: sets its second argument to the product of M with the first.
  /// - Returns: `nil` if that many steps do not do, or if M is not positive definite.
  package init?(
    _ start: [Lanes], tolerance: Double, limit: Int,
    multiply: (_ v: [Lanes], _ y: inout [Lanes]) -> Void
  ) {
    order = start.count
    norms = Self.dot(start, start).squareRoot()
    dimensions = [Int](repeating: 0, count: Lanes.count)
    var isOpen = (0..<Lanes.count).map { norms[$0] > 0 }
    var v = start
    Self.divide(&v, by: norms)
    var w = v
    // The last pivot of T and the last entry of T⁻¹e₁.
    var pivot = Lanes()
    var last = Lanes()
    while isOpen.contains(true) {
      guard vectors.count < limit else { return nil }
      vectors.append(v)
      multiply(v, &w)
      let diagonal = Self.dot(v, w)
      // Against all columns, not the last two only: rounding would bring the first ones back.
      for column in vectors.reversed() {
        Self.subtract(column, times: Self.dot(column, w), from: &w)
      }
      let length = Self.dot(w, w).squareRoot()
      for lane in 0..<Lanes.count where isOpen[lane] {
        let before = offDiagonals.last?[lane] ?? 0
        let isFirst = vectors.count == 1
        pivot[lane] = diagonal[lane] - (isFirst ? 0 : before * before / pivot[lane])
        last[lane] = (isFirst ? 1 : last[lane] * before) / pivot[lane]
        guard pivot[lane] > 0, last[lane].isFinite else { return nil }
        dimensions[lane] += 1
        isOpen[lane] = length[lane] * last[lane] > tolerance
      }
      diagonals.append(diagonal)
      offDiagonals.append(length)
      var divisor = length
      for lane in 0..<Lanes.count where !isOpen[lane] { divisor[lane] = 0 }
      swap(&v, &w)
      Self.divide(&v, by: divisor)
    }
  }

  /// `Σ x y`, vector by vector.
  private static func dot(_ x: [Lanes], _ y: [Lanes]) -> Lanes {
    var sum = Lanes()
    x.withUnsafeBufferPointer { x in
      y.withUnsafeBufferPointer { y in
        for i in 0..<x.count { sum += x[i] * y[i] }
      }
    }
    return sum
  }

  private static func subtract(_ x: [Lanes], times factor: Lanes, from y: inout [Lanes]) {
    x.withUnsafeBufferPointer { x in
      y.withUnsafeMutableBufferPointer { y in
        for i in 0..<x.count { y[i] -= factor * x[i] }
      }
    }
  }

  /// Vectors whose divisor is zero become zeros.
  private static func divide(_ x: inout [Lanes], by divisor: Lanes) {
    var factor = Lanes()
    for lane in 0..<Lanes.count where divisor[lane] > 0 { factor[lane] = 1 / divisor[lane] }
    x.withUnsafeMutableBufferPointer { x in
      for i in 0..<x.count { x[i] *= factor }
    }
  }
}

extension KrylovBasis {
  /// The number of products that were taken.
  package var stepCount: Int { vectors.count }

  /// `M⁻¹ b`.
  package func solution() -> [Lanes] {
    var coefficients = [Lanes](repeating: Lanes(), count: stepCount)
    for lane in 0..<Lanes.count where dimensions[lane] > 0 {
      let n = dimensions[lane]
      // T = LDL', e₁ and the pivots forward, then backward.
      var pivots = [Double](repeating: 0, count: n)
      var x = pivots
      for i in 0..<n {
        pivots[i] = diagonals[i][lane]
        x[i] = i == 0 ? norms[lane] : 0
        guard i > 0 else { continue }
        let ratio = offDiagonals[i - 1][lane] / pivots[i - 1]
        pivots[i] -= ratio * offDiagonals[i - 1][lane]
        x[i] -= ratio * x[i - 1]
      }
      for i in (0..<n).reversed() {
        if i + 1 < n { x[i] -= offDiagonals[i][lane] * x[i + 1] }
        x[i] /= pivots[i]
        coefficients[i][lane] = x[i]
      }
    }
    return combination(coefficients)
  }

  /// `b' log(M) b` of each of the eight vectors, and vectors x such that their derivatives are
  /// `Σ x' dM x`.
  ///
  /// With `T = U diag(l) U'` the derivative is `Σ W_ij v_i' dM v_j`,
  /// `W = |b|² U [f(l_i, l_j) U_1i U_1j] U'`, f being the divided difference of the logarithm (Daleckii
  /// & Krein), in the Krylov space. W is positive semidefinite, the logarithm being operator monotone,
  /// and its eigenvalues fall fast: few vectors do.
  /// - Parameter differentiated: whether the vectors are asked for.
  package func logarithms(differentiated: Bool) -> (values: Lanes, vectors: [[Lanes]])? {
    var values = Lanes()
    var combinations: [[Lanes]] = []
    for lane in 0..<Lanes.count where dimensions[lane] > 0 {
      let n = dimensions[lane]
      var tridiagonal = Matrix(rowCount: n, columnCount: n)
      for i in 0..<n {
        tridiagonal[i, i] = diagonals[i][lane]
        if i + 1 < n { tridiagonal[i + 1, i] = offDiagonals[i][lane] }
      }
      guard let eigen = SymmetricEigen(tridiagonal), let least = eigen.values.first, least > 0
      else {
        return nil
      }
      let square = norms[lane] * norms[lane]
      for (j, value) in eigen.values.enumerated() {
        values[lane] += square * eigen.vectors[0, j] * eigen.vectors[0, j] * Double.log(value)
      }
      guard differentiated else { continue }
      var weights = tridiagonal
      for j in 0..<n {
        for i in j..<n {
          weights[i, j] =
            Self.logarithmSlope(eigen.values[i], eigen.values[j]) * eigen.vectors[0, i]
            * eigen.vectors[0, j]
        }
      }
      guard let parts = SymmetricEigen(weights) else { return nil }
      let largest = parts.values.last ?? 0
      for (place, share) in parts.values.reversed().enumerated()
      where share > Self.negligibleShare * largest {
        if place == combinations.count {
          combinations.append([Lanes](repeating: Lanes(), count: stepCount))
        }
        let scale = norms[lane] * share.squareRoot()
        for i in 0..<n {
          var sum = 0.0
          for j in 0..<n { sum += eigen.vectors[i, j] * parts.vectors[j, n - 1 - place] }
          combinations[place][i][lane] = scale * sum
        }
      }
    }
    return (values, combinations.map(combination))
  }

  /// Below this share of the largest, an eigenvalue of W is rounding.
  private static let negligibleShare = 1e-15

  /// `(log x - log y) / (x - y)`, without cancellation.
  private static func logarithmSlope(_ x: Double, _ y: Double) -> Double {
    let relative = (x - y) / y
    return abs(relative) < 1e-8
      ? (1 - relative / 2) / y : Double.log(onePlus: relative) / (x - y)
  }

  /// The combination of the columns of V.
  private func combination(_ coefficients: [Lanes]) -> [Lanes] {
    // Without columns, if all vectors are zeros, it is zero, too.
    var result = [Lanes](repeating: Lanes(), count: order)
    for (column, factor) in zip(vectors, coefficients) {
      Self.subtract(column, times: -factor, from: &result)
    }
    return result
  }
}
