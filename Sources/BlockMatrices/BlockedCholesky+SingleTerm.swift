// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

// Kernels for a layout with a single small term.

extension CholeskyLayout {
  /// Loads and eliminates the levels of a single term in one pass. The border's own block is loaded.
  /// - Returns: `nil`, or the level whose diagonal block is not positive definite.
  func eliminateSingleTerm(
    _ a: UnsafePointer<Double>, lambda: UnsafePointer<Double>, into l: UnsafeMutablePointer<Double>
  ) -> Int? {
    loadCorner(a, into: l)
    switch matrix.terms[0].dimension {
    case 1: return eliminateLevels(a, lambda: lambda, into: l, SIMD2<Double>.self, dimension: 1)
    case 2: return eliminateLevels(a, lambda: lambda, into: l, SIMD2<Double>.self, dimension: 2)
    default: return eliminateLevels(a, lambda: lambda, into: l, SIMD4<Double>.self, dimension: 3)
    }
  }

  @inline(__always)
  private func eliminateLevels<Vector: EffectVector>(
    _ a: UnsafePointer<Double>, lambda: UnsafePointer<Double>, into l: UnsafeMutablePointer<Double>,
    _: Vector.Type, dimension k: Int
  ) -> Int? {
    let border = matrix.borderCount
    let levelCount = matrix.terms[0].levelCount
    var block = a + matrix.diagonalStart[0]
    var rows = a + matrix.borderStart
    var factor = l + diagonalStart[0]
    var factorRows = l + borderStart
    return withUnsafeTemporaryAllocation(of: Vector.self, capacity: 2 * k) { scratch in
      guard let scratch = scratch.baseAddress else { return nil }
      // The rows of λ, and the columns of the block.
      let (lambdaRows, columns) = (scratch, scratch + k)
      for i in 0..<k {
        lambdaRows[i] = Vector()
        for j in 0...i { lambdaRows[i][j] = lambda[i + j * k] }
      }
      for level in 0..<levelCount {
        for j in 0..<k {
          var scaled = Vector()
          for i in j..<k { scaled.add(lambda[i + j * k], Vector(block + i * k, count: k)) }
          var column = Vector()
          column[j] = 1
          for i in 0..<k { column.add(scaled[i], lambdaRows[i]) }
          for i in 0..<j { column.add(-columns[i][j], columns[i]) }
          let pivot = column[j]
          guard pivot > 0, pivot < .infinity else { return level }
          column.multiply(by: 1 / pivot.squareRoot())
          columns[j] = column
          column.store(to: factor + j * k, count: k)
        }
        for x in 0..<border {
          var row = Vector()
          for i in 0..<k { row.add(rows[x + i * border], lambdaRows[i]) }
          for i in 0..<k {
            let entry = row[i] / columns[i][i]
            factorRows[x + i * border] = entry
            row.add(-entry, columns[i])
          }
        }
        block += k * k
        rows += k * border
        factor += k * k
        factorRows += k * border
      }
      return nil
    }
  }

  /// Back-substitution through the levels: `x_g = L_gg⁻ᵀ (b_g - L_Rg' x_R)`.
  ///
  /// - Parameter borderSolution: the solution in the border, of which `borderRows` rows take part.
  func solveSingleTermBackward(
    _ l: UnsafePointer<Double>, _ b: UnsafeMutablePointer<Double>,
    borderSolution: UnsafePointer<Double>, borderRows: Int
  ) {
    switch matrix.terms[0].dimension {
    case 1:
      solveLevelsBackward(
        l, b, borderSolution, borderRows: borderRows, SIMD2<Double>.self, dimension: 1)
    case 2:
      solveLevelsBackward(
        l, b, borderSolution, borderRows: borderRows, SIMD2<Double>.self, dimension: 2)
    default:
      solveLevelsBackward(
        l, b, borderSolution, borderRows: borderRows, SIMD4<Double>.self, dimension: 3)
    }
  }

  @inline(__always)
  private func solveLevelsBackward<Vector: EffectVector>(
    _ l: UnsafePointer<Double>, _ b: UnsafeMutablePointer<Double>,
    _ borderSolution: UnsafePointer<Double>, borderRows: Int, _: Vector.Type, dimension k: Int
  ) {
    let border = matrix.borderCount
    var factor = l + diagonalStart[0]
    var factorRows = l + borderStart
    var x = b
    for _ in 0..<matrix.terms[0].levelCount {
      var rest = Vector(x, count: k)
      for row in 0..<borderRows {
        rest.add(-borderSolution[row], Vector(factorRows + row, stride: border, count: k))
      }
      for i in (0..<k).reversed() {
        let entry = rest[i] / factor[i + i * k]
        x[i] = entry
        for j in 0..<i { rest[j] -= factor[i + j * k] * entry }
      }
      factor += k * k
      factorRows += k * border
      x += k
    }
  }
}
