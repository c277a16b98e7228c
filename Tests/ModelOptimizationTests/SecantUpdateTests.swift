// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import Testing

@testable import ModelOptimization

@Suite("The secant update")
struct SecantUpdateTests {
  /// Rounding in sums of a few terms, relative to their size.
  static let tolerance = 1e-12

  static func image(_ matrix: Matrix, _ vector: [Double]) -> [Double] {
    vector.indices.map { i in vector.indices.reduce(0) { $0 + matrix[i, $1] * vector[$1] } }
  }

  static func product(_ a: [Double], _ b: [Double]) -> Double {
    a.indices.reduce(0) { $0 + a[$1] * b[$1] }
  }

  static func isClose(_ a: [Double], _ b: [Double], size: Double) -> Bool {
    a.indices.allSatisfy { abs(a[$0] - b[$0]) <= tolerance * size }
  }

  @Test("Satisfies the damped secant equation and stays positive definite", arguments: 1...6)
  func properties(order: Int) throws {
    var stream = UniformStream(seed: order)
    var dampedCount = 0
    for _ in 0..<200 {
      var model = stream.symmetricMatrix(order, signs: [Double](repeating: 1, count: order))
      for i in 0..<order { model[i, i] += 0.1 }
      let step = stream.vector(order)
      let change = stream.vector(order)
      let update = try #require(SecantUpdate(of: model, step: step, gradientChange: change))

      // B⁺ has entries of order |r|²/s'r.
      let damped = update.gradientChange
      let curvature = Self.product(step, damped)
      let size = 10 + Self.product(damped, damped) / curvature
      #expect(Self.isClose(Self.image(update.hessian, step), damped, size: size))
      #expect(update.hessian == update.hessian.transposed)
      let eigen = try #require(SymmetricEigen(update.hessian))
      #expect(eigen.values[0] > 0)

      let before = Self.product(step, Self.image(model, step))
      if Self.product(step, change) >= 0.2 * before {
        #expect(damped == change)
      } else {
        dampedCount += 1
        #expect(abs(curvature - 0.2 * before) <= Self.tolerance * (1 + before))
      }
    }
    // The change is random: half of them curve downwards.
    #expect(dampedCount > 80 && dampedCount < 200)
  }

  @Test("Recovers the Hessian of a quadratic from conjugate steps")
  func recovery() throws {
    var stream = UniformStream(seed: 11)
    let order = 4
    var truth = stream.symmetricMatrix(order, signs: [1, 1, 1, 1])
    for i in 0..<order { truth[i, i] += 0.1 }
    let eigen = try #require(SymmetricEigen(truth))
    // Below the truth in every direction: no update is damped.
    var model = Matrix(rowCount: order, columnCount: order)
    for i in 0..<order { model[i, i] = eigen.values[0] }
    for j in 0..<order {
      // Eigenvectors are conjugate, so that no later update spoils an earlier one.
      let step = Array(eigen.vectors.column(j))
      let change = Self.image(truth, step)
      let update = try #require(SecantUpdate(of: model, step: step, gradientChange: change))
      #expect(update.gradientChange == change)
      model = update.hessian
    }
    #expect(Self.isClose(model.values, truth.values, size: 10))
  }

  @Test("Only the lower triangle of the model is read")
  func lowerTriangle() throws {
    var model = Matrix(rowCount: 2, columnCount: 2, values: [2, 1, 1, 3])
    let update = SecantUpdate(of: model, step: [1, 2], gradientChange: [3, 1])
    model[0, 1] = .nan
    let same = SecantUpdate(of: model, step: [1, 2], gradientChange: [3, 1])
    #expect(update != nil && update?.hessian == same?.hessian)
  }

  @Test("A model without curvature along the step gains that of the gradients, if any")
  func semidefinite() {
    let model = Matrix(rowCount: 2, columnCount: 2, values: [1, 0, 0, 0])
    let update = SecantUpdate(of: model, step: [0, 2], gradientChange: [0, 6])
    #expect(update?.hessian.values == [1, 0, 0, 3])
    #expect(SecantUpdate(of: model, step: [0, 2], gradientChange: [0, -6]) == nil)
    #expect(SecantUpdate(of: model, step: [0, 0], gradientChange: [0, 0]) == nil)
  }
}
