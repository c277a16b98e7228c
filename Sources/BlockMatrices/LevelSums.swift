// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// The sums over the levels of a single term from which the derivatives of its model follow.
///
/// Levels of one term meet in the border alone, so that one pass over them does what takes an
/// inverse, a forward solve and several products in general. For one level let A be its diagonal
/// block, B its border (a row per effect), `M = λ'Aλ + I` and `w` its part of the last row. Then
///
///     D = A - AλM⁻¹λ'A = Z'V⁻¹Z,   E = B - AλM⁻¹λ'B = Z'V⁻¹[X y],   z = Z'(y - Xβ̂ - ZΛû) = E w,
///
/// and `Dλ = AλM⁻¹`, which needs no difference.
///
/// It is a workspace: each update overwrites the last result and allocates nothing, as long as the
/// model has the same size.
package struct LevelSums: Sendable {
  /// k.
  package private(set) var dimension = 0
  /// The blocks of ``SelectedInverse/scaledTraceBlocks(_:factors:)``, k × k.
  package private(set) var traces: [Double] = []
  /// `Σ z w'`, k × k.
  package private(set) var residualProducts: [Double] = []
  /// `Σ z z'`, k × k.
  package private(set) var squares: [Double] = []
  /// For each entry of the lower triangle of `z z'`, column by column, the sum of its products with
  /// D, k × k.
  package private(set) var informations: [Double] = []
  /// For each row x of the border but the last and each effect l, `Σ z_l E_x`, k values.
  package private(set) var crossInformations: [Double] = []

  package init() {}

  /// The place of an entry of a symmetric k × k matrix in its lower triangle, column by column.
  package static func place(_ i: Int, _ j: Int, _ k: Int) -> Int {
    let (row, column) = (max(i, j), min(i, j))
    return column * (2 * k - column - 1) / 2 + row
  }
}

extension LevelSums {
  /// - Parameters:
  ///   - a: a matrix for which ``BlockLayout/hasSingleSmallTerm`` holds.
  ///   - cholesky: its factor.
  ///   - factors: the term's factor λ.
  ///   - lastRow: the solution of ``BlockedCholesky/solveLastRow(into:)``.
  ///   - includesBorder: whether the border but its last row belongs to the matrix whose inverse the
  ///     traces are of.
  ///   - includesInformation: whether ``informations`` and ``crossInformations`` are asked for.
  /// - Complexity: O(k⁴ + k²p) per level, and with the border O(kp²), for p rows of it.
  package mutating func update(
    _ a: BlockedMatrix, _ cholesky: BlockedCholesky, factors: [Double], lastRow: [Double],
    includesBorder: Bool, includesInformation: Bool
  ) {
    let matrix = a.layout
    dimension = matrix.terms[0].dimension
    a.values.withUnsafeBufferPointer { a in
      cholesky.values.withUnsafeBufferPointer { l in
        factors.withUnsafeBufferPointer { lambda in
          lastRow.withUnsafeBufferPointer { w in
            guard let a = a.baseAddress, let l = l.baseAddress, let lambda = lambda.baseAddress,
              let w = w.baseAddress
            else { return }
            var levels = TermLevels(cholesky.layout, a: a, l: l, lambda: lambda, w: w)
            cholesky.withBorderInverse(isNeeded: includesBorder) {
              levels.borderInverse = $0
              switch dimension {
              case 1: add(levels, SIMD2<Double>.self, dimension: 1, includesInformation)
              case 2: add(levels, SIMD2<Double>.self, dimension: 2, includesInformation)
              default: add(levels, SIMD4<Double>.self, dimension: 3, includesInformation)
              }
            }
          }
        }
      }
    }
  }

  @inline(__always)
  private mutating func add<Vector: EffectVector>(
    _ levels: TermLevels, _: Vector.Type, dimension k: Int, _ includesInformation: Bool
  ) {
    let rank = levels.border - 1
    let triangle = includesInformation ? k * (k + 1) / 2 : 0
    let crossed = includesInformation ? rank : 0
    let sumCount = 3 * k + triangle * k + crossed * k
    withUnsafeTemporaryAllocation(
      of: Vector.self, capacity: sumCount + 4 * k + 2 * levels.border
    ) { vectors in
      guard let sums = vectors.baseAddress else { return }
      sums.initialize(repeating: Vector(), count: vectors.count)
      levels.add(
        dimension: k, to: sums, scratch: sums + sumCount, includesInformation: includesInformation)
      var next = UnsafePointer(sums)
      traces.read(&next, count: k, dimension: k)
      residualProducts.read(&next, count: k, dimension: k)
      squares.read(&next, count: k, dimension: k)
      informations.read(&next, count: triangle * k, dimension: k)
      crossInformations.read(&next, count: crossed * k, dimension: k)
    }
  }
}

extension BlockedCholesky {
  /// Calls `body` with the inverse of the border's own block but its last row, in both triangles, or
  /// with `nil` if it is not needed.
  fileprivate func withBorderInverse(
    isNeeded: Bool, _ body: (UnsafePointer<Double>?) -> Void
  ) {
    guard isNeeded else { return body(nil) }
    let order = layout.matrix.borderCount - 1
    withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, order * order)) {
      guard let inverse = $0.baseAddress else { return }
      for j in 0..<order {
        for i in j..<order { inverse[i + j * order] = borderEntry(i, j) }
      }
      choleskyInvert(inverse, order: order, leadingDimension: order)
      for j in 0..<order {
        for i in j + 1..<max(j + 1, order) { inverse[j + i * order] = inverse[i + j * order] }
      }
      body(inverse)
    }
  }
}

extension [Double] {
  /// Overwrites this with the numbers of so many vectors, which are passed over.
  @inline(__always)
  fileprivate mutating func read<Vector: EffectVector>(
    _ vectors: inout UnsafePointer<Vector>, count vectorCount: Int, dimension k: Int
  ) {
    if count != vectorCount * k { fillWithZeros(count: vectorCount * k) }
    withUnsafeMutableBufferPointer { values in
      guard var target = values.baseAddress else { return }
      for _ in 0..<vectorCount {
        vectors.pointee.store(to: target, count: k)
        target += k
        vectors += 1
      }
    }
  }
}

/// The levels of a single term in a matrix and its factor.
private struct TermLevels {
  let levelCount: Int
  /// The number of rows of the border.
  let border: Int
  // The first level's place in each.
  let blocks: UnsafePointer<Double>
  let borderRows: UnsafePointer<Double>
  let factorBlocks: UnsafePointer<Double>
  let factorRows: UnsafePointer<Double>
  let lambda: UnsafePointer<Double>
  let w: UnsafePointer<Double>
  let borderW: UnsafePointer<Double>
  /// The inverse of the border's own block but its last row, in both triangles, if that belongs to
  /// the matrix whose inverse the traces are of.
  var borderInverse: UnsafePointer<Double>?

  init(
    _ layout: CholeskyLayout, a: UnsafePointer<Double>, l: UnsafePointer<Double>,
    lambda: UnsafePointer<Double>, w: UnsafePointer<Double>
  ) {
    let matrix = layout.matrix
    levelCount = matrix.terms[0].levelCount
    border = matrix.borderCount
    blocks = a + matrix.diagonalStart[0]
    borderRows = a + matrix.borderStart
    factorBlocks = l + layout.diagonalStart[0]
    factorRows = l + layout.borderStart
    self.lambda = lambda
    self.w = w
    borderW = w + matrix.randomCount
  }

  /// Adds what every level contributes, in the order of the members of ``LevelSums``.
  @inline(__always)
  func add<Vector: EffectVector>(
    dimension k: Int, to sums: UnsafeMutablePointer<Vector>,
    scratch: UnsafeMutablePointer<Vector>, includesInformation: Bool
  ) {
    let rank = border - 1
    let triangle = k * (k + 1) / 2
    let (traces, residualProducts, squares) = (sums, sums + k, sums + 2 * k)
    let (informations, crossInformations) = (sums + 3 * k, sums + 3 * k + triangle * k)
    // Columns of A, of AλL⁻ᵀ, of Dλ, of D and of E.
    let (a, half, gradient, d) = (scratch, scratch + k, scratch + 2 * k, scratch + 3 * k)
    let (e, spread) = (scratch + 4 * k, scratch + 4 * k + border)
    var (block, rows, factor, factorRow, w) = (blocks, borderRows, factorBlocks, factorRows, self.w)
    for _ in 0..<levelCount {
      for j in 0..<k { a[j] = Vector(block + j * k, count: k) }
      for j in 0..<k {
        var column = Vector()
        for i in j..<k { column.add(lambda[i + j * k], a[i]) }
        for i in 0..<j { column.add(-factor[j + i * k], half[i]) }
        column.multiply(by: 1 / factor[j + j * k])
        half[j] = column
      }
      for j in (0..<k).reversed() {
        var column = half[j]
        for i in j + 1..<max(j + 1, k) { column.add(-factor[i + j * k], gradient[i]) }
        column.multiply(by: 1 / factor[j + j * k])
        gradient[j] = column
        traces[j].add(1, column)
      }
      var z = Vector()
      for x in 0..<border {
        var column = Vector(rows + x, stride: border, count: k)
        for i in 0..<k { column.add(-factorRow[x + i * border], half[i]) }
        e[x] = column
        z.add(borderW[x], column)
      }
      for j in 0..<k {
        residualProducts[j].add(w[j], z)
        squares[j].add(z[j], z)
      }
      if let borderInverse {
        // Less E S⁻¹ E'λ, with E'λ = (λ'B)' M⁻¹.
        for y in 0..<rank {
          var column = Vector()
          for x in 0..<rank { column.add(borderInverse[x + y * rank], e[x]) }
          spread[y] = column
        }
        for j in (0..<k).reversed() {
          var column = Vector()
          for y in 0..<rank { column.add(factorRow[y + j * border], spread[y]) }
          for i in j + 1..<max(j + 1, k) { column.add(-factor[i + j * k], gradient[i]) }
          column.multiply(by: 1 / factor[j + j * k])
          gradient[j] = column
          traces[j].add(-1, column)
        }
      }
      if includesInformation {
        for j in 0..<k {
          var column = a[j]
          for i in 0..<k { column.add(-half[i][j], half[i]) }
          d[j] = column
        }
        var information = informations
        for j in 0..<k {
          for i in j..<k {
            let product = z[i] * z[j]
            for column in 0..<k { information[column].add(product, d[column]) }
            information += k
          }
        }
        for x in 0..<rank {
          for l in 0..<k { crossInformations[x * k + l].add(z[l], e[x]) }
        }
      }
      block += k * k
      rows += k * border
      factor += k * k
      factorRow += k * border
      w += k
    }
  }
}
