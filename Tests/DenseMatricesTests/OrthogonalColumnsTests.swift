// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import DenseMatrices

@Suite("Orthogonal columns")
struct OrthogonalColumnsTests {
  private var random = SplitMix(seed: 11)

  @Test("Directions are orthonormal, and with the parts they make the columns")
  mutating func basis() {
    let columns = (0..<5).map { _ in random.normals(12) }
    var basis = OrthogonalColumns()
    for column in columns {
      let isNew = basis.append(column)
      #expect(isNew)
    }
    for (i, direction) in basis.directions.enumerated() {
      for (j, other) in basis.directions.enumerated() {
        let product = zip(direction, other).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(product - (i == j ? 1 : 0)) < 1e-14)
      }
    }
    for (column, parts) in zip(columns, basis.parts) {
      for row in column.indices {
        let sum = zip(parts, basis.directions).reduce(0) { $0 + $1.0 * $1.1[row] }
        #expect(abs(sum - column[row]) < 1e-13)
      }
    }
  }

  @Test("A combination is spanned, and its coefficients are found, however far apart the sizes")
  mutating func combination() {
    let sizes = [1, 1e6, 1e-6, 1]
    let columns = sizes.map { size in random.normals(9).map { size * $0 } }
    let wanted = [2.0, -3e-6, 5e6, 0]
    let sum = (0..<9).map { row in
      zip(wanted, columns).reduce(0) { $0 + $1.0 * $1.1[row] }
    }
    var basis = OrthogonalColumns()
    for column in columns { basis.append(column) }
    #expect(basis.spans(sum))
    for (size, (ours, expected)) in zip(sizes, zip(basis.coefficients(of: sum), wanted)) {
      #expect(abs(ours - expected) * size < 1e-12)
    }
    let before = basis.coefficients(of: sum)
    let isNew = basis.append(sum)
    #expect(!isNew && basis.directions[4].isEmpty && basis.parts[4][4] == 0)
    #expect(basis.coefficients(of: sum) == before + [0])
    #expect(!basis.spans(random.normals(9)))
  }
}
