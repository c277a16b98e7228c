// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

#if canImport(Accelerate)
  import Accelerate
#else
  import COpenBLAS
#endif

/// A column-major matrix in memory that belongs to another value, or its transpose.
package struct DenseFactor {
  package let start: UnsafePointer<Double>
  package let leadingDimension: Int
  package let isTransposed: Bool

  package init(
    _ start: UnsafePointer<Double>, leadingDimension: Int, isTransposed: Bool = false
  ) {
    self.start = start
    self.leadingDimension = leadingDimension
    self.isTransposed = isTransposed
  }

  /// What the library calls this: a character, as a string would be converted at every call.
  fileprivate var transposition: CChar {
    CChar(bitPattern: UInt8(ascii: isTransposed ? "T" : "N"))
  }
  /// The step in memory from a row to the next.
  fileprivate var rowStride: Int { isTransposed ? leadingDimension : 1 }
  /// The step in memory from a column to the next.
  fileprivate var columnStride: Int { isTransposed ? 1 : leadingDimension }
}

/// Products with fewer multiplications than this cost less than a library call.
private let smallProduct = 512
/// The same for triangular solves, whose loops are faster.
private let smallSolve = 1024

/// `c = kept * c + scale * a * b` for `a` of `rowCount × inner` and `b` of `inner × columnCount`.
///
/// - Parameter kept: zero overwrites `c`, whatever it holds.
package func multiply(
  _ a: DenseFactor, _ b: DenseFactor, rowCount: Int, columnCount: Int, inner: Int,
  scale: Double = 1, into c: UnsafeMutablePointer<Double>, leadingDimension ldc: Int, kept: Double
) {
  guard rowCount > 0, columnCount > 0 else { return }
  if rowCount * columnCount * inner <= smallProduct {
    for j in 0..<columnCount {
      for i in 0..<rowCount {
        let sum = stridedProduct(
          a.start + i * a.rowStride, a.columnStride, b.start + j * b.columnStride, b.rowStride,
          count: inner)
        let before = kept == 0 ? 0 : kept * c[i + j * ldc]
        c[i + j * ldc] = before + scale * sum
      }
    }
    return
  }
  var m = Int32(rowCount)
  var n = Int32(columnCount)
  var k = Int32(inner)
  var alpha = scale
  var beta = kept
  var lda = Int32(a.leadingDimension)
  var ldb = Int32(b.leadingDimension)
  var ldc = Int32(ldc)
  var first = a.transposition
  var second = b.transposition
  #if canImport(Accelerate)
    dgemm_(
      &first, &second, &m, &n, &k, &alpha, UnsafeMutablePointer(mutating: a.start), &lda,
      UnsafeMutablePointer(mutating: b.start), &ldb, &beta, c, &ldc)
  #else
    dgemm_(
      &first, &second, &m, &n, &k, &alpha, a.start, &lda, b.start, &ldb, &beta, c, &ldc, 1, 1)
  #endif
}

/// Solves `x * l = b`, or `x * l' = b`, in place of b for a lower-triangular `l`; `b` is
/// `rowCount × order`.
package func solveFromRight(
  _ l: DenseFactor, order: Int, _ b: UnsafeMutablePointer<Double>, rowCount: Int,
  leadingDimension ldb: Int
) {
  guard order > 0, rowCount > 0 else { return }
  if order * order * rowCount <= smallSolve {
    for step in 0..<order {
      let j = l.isTransposed ? step : order - 1 - step
      let target = b + j * ldb
      let reciprocal = 1 / l.start[j + j * l.leadingDimension]
      for i in 0..<rowCount { target[i] *= reciprocal }
      let others = l.isTransposed ? j + 1..<max(j + 1, order) : 0..<j
      for k in others {
        let factor = l.start[max(j, k) + min(j, k) * l.leadingDimension]
        let other = b + k * ldb
        for i in 0..<rowCount { other[i] -= factor * target[i] }
      }
    }
    return
  }
  var m = Int32(rowCount)
  var n = Int32(order)
  var one = 1.0
  var lda = Int32(l.leadingDimension)
  var ldb = Int32(ldb)
  var transposition = l.transposition
  #if canImport(Accelerate)
    dtrsm_(
      "R", "L", &transposition, "N", &m, &n, &one, UnsafeMutablePointer(mutating: l.start), &lda, b,
      &ldb)
  #else
    dtrsm_("R", "L", &transposition, "N", &m, &n, &one, l.start, &lda, b, &ldb, 1, 1, 1, 1)
  #endif
}
