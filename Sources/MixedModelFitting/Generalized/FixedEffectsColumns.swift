// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// The matrix B of a generalized model's fixed effects, column by column: its products with vectors
/// over rows and over columns, four columns a pass.
struct FixedEffectsColumns: Sendable {
  let rowCount: Int
  /// The number of columns.
  let count: Int
  /// `n × count`, column-major.
  private let values: [Double]

  /// The columns of a matrix whose rows are the columns of `rows`, `count × n`, column-major.
  init(transposing rows: [Double], count: Int, rowCount: Int) {
    self.rowCount = rowCount
    self.count = count
    values = [Double](unsafeUninitializedCapacity: rows.count) { values, initializedCount in
      for j in 0..<count {
        for row in 0..<rowCount { values[j * rowCount + row] = rows[row * count + j] }
      }
      initializedCount = rows.count
    }
  }

  /// `y += B c`.
  func addProduct(_ c: [Double], to y: UnsafeMutablePointer<Double>) {
    values.withUnsafeBufferPointer { values in
      guard var x = values.baseAddress else { return }
      let n = rowCount
      var j = 0
      while j + 4 <= count {
        let (c0, c1, c2, c3) = (c[j], c[j + 1], c[j + 2], c[j + 3])
        let (x1, x2, x3) = (x + n, x + 2 * n, x + 3 * n)
        for row in 0..<n {
          y[row] += (c0 * x[row] + c1 * x1[row]) + (c2 * x2[row] + c3 * x3[row])
        }
        x += 4 * n
        j += 4
      }
      while j < count {
        let factor = c[j]
        for row in 0..<n { y[row] += factor * x[row] }
        x += n
        j += 1
      }
    }
  }

  /// `result = B'x`, one value per column.
  func setTransposedProduct(
    _ x: UnsafePointer<Double>, _ result: UnsafeMutablePointer<Double>
  ) {
    values.withUnsafeBufferPointer { values in
      guard var b = values.baseAddress else { return }
      let n = rowCount
      var j = 0
      while j + 4 <= count {
        let (b1, b2, b3) = (b + n, b + 2 * n, b + 3 * n)
        var (s0, s1, s2, s3) = (0.0, 0.0, 0.0, 0.0)
        for row in 0..<n {
          let factor = x[row]
          s0 += factor * b[row]
          s1 += factor * b1[row]
          s2 += factor * b2[row]
          s3 += factor * b3[row]
        }
        (result[j], result[j + 1], result[j + 2], result[j + 3]) = (s0, s1, s2, s3)
        b += 4 * n
        j += 4
      }
      while j < count {
        result[j] = Self.scalarProduct(x, b, count: n)
        b += n
        j += 1
      }
    }
  }

  /// In four partial sums, which do not wait for each other.
  private static func scalarProduct(
    _ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, count: Int
  ) -> Double {
    var (s0, s1, s2, s3) = (0.0, 0.0, 0.0, 0.0)
    var i = 0
    while i + 4 <= count {
      s0 += x[i] * y[i]
      s1 += x[i + 1] * y[i + 1]
      s2 += x[i + 2] * y[i + 2]
      s3 += x[i + 3] * y[i + 3]
      i += 4
    }
    while i < count {
      s0 += x[i] * y[i]
      i += 1
    }
    return (s0 + s1) + (s2 + s3)
  }
}
