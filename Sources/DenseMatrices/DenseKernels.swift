// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

#if canImport(Accelerate)
  import Accelerate
#else
  import COpenBLAS
#endif

// The dense BLAS and LAPACK routines of the package, on column-major storage, by what they do.
// Integers are 32 bits there; no order in this package comes near that limit.

/// Overwrites the lower triangle of a symmetric positive definite matrix with its Cholesky factor.
/// - Returns: `nil`, or the index of the first pivot that is not positive.
package func choleskyFactorize(
  _ a: UnsafeMutablePointer<Double>, order: Int, leadingDimension: Int
) -> Int? {
  // A library call costs more than the arithmetic of a small matrix.
  if order <= 24 { return smallCholesky(a, order: order, leadingDimension: leadingDimension) }
  var n = Int32(order)
  var lda = Int32(leadingDimension)
  var info: Int32 = 0
  #if canImport(Accelerate)
    dpotrf_("L", &n, a, &lda, &info)
  #else
    dpotrf_("L", &n, a, &lda, &info, 1)
  #endif
  if info != 0 { return Int(info) - 1 }
  // A NaN passes through the library unnoticed.
  for i in 0..<order where !(a[i + i * leadingDimension] > 0) { return i }
  return nil
}

/// Unblocked right-looking Cholesky factorization of the lower triangle.
@inlinable @inline(__always)
package func smallCholesky(
  _ a: UnsafeMutablePointer<Double>, order: Int, leadingDimension: Int
) -> Int? {
  for j in 0..<order {
    let column = a + j * leadingDimension
    let pivot = column[j]
    guard pivot > 0, pivot < .infinity else { return j }
    let root = pivot.squareRoot()
    column[j] = root
    let reciprocal = 1 / root
    for i in j + 1..<max(j + 1, order) { column[i] *= reciprocal }
    for k in j + 1..<max(j + 1, order) {
      let factor = column[k]
      let target = a + k * leadingDimension
      for i in k..<order { target[i] -= factor * column[i] }
    }
  }
  return nil
}

/// Overwrites a lower Cholesky factor L with the lower triangle of the inverse of `L * L'`.
package func choleskyInvert(
  _ a: UnsafeMutablePointer<Double>, order: Int, leadingDimension: Int
) {
  if order <= 16 {
    smallInverse(a, order: order, leadingDimension: leadingDimension)
    return
  }
  var n = Int32(order)
  var lda = Int32(leadingDimension)
  var info: Int32 = 0
  #if canImport(Accelerate)
    dpotri_("L", &n, a, &lda, &info)
  #else
    dpotri_("L", &n, a, &lda, &info, 1)
  #endif
}

/// The lower triangle of `inverse(L)' * inverse(L)`, in place of L.
@inlinable @inline(__always)
package func smallInverse(
  _ a: UnsafeMutablePointer<Double>, order: Int, leadingDimension: Int
) {
  let lda = leadingDimension
  // L becomes its inverse, column by column from the left.
  for j in 0..<order {
    let column = a + j * lda
    column[j] = 1 / column[j]
    for i in j + 1..<max(j + 1, order) {
      var sum = 0.0
      for k in j..<i { sum += a[i + k * lda] * column[k] }
      column[i] = -sum / a[i + i * lda]
    }
  }
  // The product of the transpose with itself; entry (i, j) needs rows i and below only.
  for j in 0..<order {
    for i in j..<order {
      var sum = 0.0
      for k in i..<order { sum += a[k + i * lda] * a[k + j * lda] }
      a[i + j * lda] = sum
    }
  }
}

/// `c -= a * a'` in the lower triangle; `a` is `order × inner`.
package func symmetricRankUpdate(
  _ c: UnsafeMutablePointer<Double>, order: Int, leadingDimension ldc: Int,
  subtracting a: UnsafePointer<Double>, inner: Int, leadingDimension lda: Int
) {
  symmetricRankUpdate(
    c, order: order, leadingDimension: ldc, scale: -1, a, inner: inner, leadingDimension: lda)
}

/// `c += scale * a * a'` in the lower triangle; `a` is `order × inner`.
package func symmetricRankUpdate(
  _ c: UnsafeMutablePointer<Double>, order: Int, leadingDimension ldc: Int, scale: Double,
  _ a: UnsafePointer<Double>, inner: Int, leadingDimension lda: Int
) {
  if order * order * inner <= 4096 {
    for j in 0..<order {
      for i in j..<order {
        c[i + j * ldc] += scale * stridedProduct(a + i, lda, a + j, lda, count: inner)
      }
    }
    return
  }
  var n = Int32(order)
  var k = Int32(inner)
  var alpha = scale
  var beta = 1.0
  var lda = Int32(lda)
  var ldc = Int32(ldc)
  #if canImport(Accelerate)
    dsyrk_("L", "N", &n, &k, &alpha, UnsafeMutablePointer(mutating: a), &lda, &beta, c, &ldc)
  #else
    dsyrk_("L", "N", &n, &k, &alpha, a, &lda, &beta, c, &ldc, 1, 1)
  #endif
}

/// The scalar product of two rows of column-major matrices.
@inline(__always)
func stridedProduct(
  _ x: UnsafePointer<Double>, _ xStride: Int, _ y: UnsafePointer<Double>, _ yStride: Int,
  count: Int
) -> Double {
  var x = x
  var y = y
  var sum = 0.0
  for _ in 0..<count {
    sum += x.pointee * y.pointee
    x += xStride
    y += yStride
  }
  return sum
}
