// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ModelOptimization

@Suite("Central differences")
struct FiniteDifferencesTests {
  @Test(
    "Agree with an exact gradient to the accuracy of their order",
    arguments: [(FiniteDifferences.Order.second, 1e-9), (.sixth, 2e-12)])
  func gradient(order: FiniteDifferences.Order, tolerance: Double) throws {
    // exp(x/10) + x y³ at moderate and large parameters; relative to the largest entry.
    for start in [[0, 0.5], [1, -2], [30, 40]] {
      var objective = ClosureObjective(parameterCount: 2) { p in
        let (x, y) = (p[0], p[1])
        return (
          exponential(x / 10) + x * y * y * y,
          [exponential(x / 10) / 10 + y * y * y, 3 * x * y * y], [0, 0, 0, 0]
        )
      }
      let differences = try FiniteDifferences.gradient(of: &objective, at: start, order: order)
      let exact = try objective.function(start).1
      let scale = max(exact.map(abs).max() ?? 0, 1)
      for i in 0..<2 { #expect(abs(differences[i] - exact[i]) <= tolerance * scale) }
    }
  }

  @Test(
    "Of a gradient give the Hessian, exactly symmetric", arguments: FiniteDifferences.Order.allCases
  )
  func hessian(order: FiniteDifferences.Order) throws {
    var objective = rosenbrock
    let start = [-1.2, 1]
    let hessian = try FiniteDifferences.hessian(of: &objective, at: start, order: order)
    let exact = try rosenbrock.function(start).2
    // Relative to the largest entry, about 1e3.
    for i in 0..<4 { #expect(abs(hessian.values[i] - exact[i]) <= 1e-9 * 1e3) }
    #expect(hessian[0, 1] == hessian[1, 0])
  }

  @Test("One-sided differences of a gradient give the Hessian to five digits")
  func oneSidedHessian() throws {
    var objective = rosenbrock
    let start = [-1.2, 1]
    let (_, gradient, exact) = try rosenbrock.function(start)
    let hessian = try FiniteDifferences.hessian(of: &objective, at: start, gradient: gradient)
    // Half the step times the third derivatives, about 3e3, relative to entries of about 1e3.
    for i in 0..<4 { #expect(abs(hessian.values[i] - exact[i]) <= 2e-5 * 1e3) }
    #expect(hessian[0, 1] == hessian[1, 0])
  }

  @Test("Next to a place without a value give NaN, not a number")
  func undefined() throws {
    var objective = ClosureObjective(parameterCount: 1) { p in
      p[0] > 1 ? (.infinity, [5], [0]) : (p[0], [1], [0])
    }
    #expect(try FiniteDifferences.hessian(of: &objective, at: [1])[0, 0].isNaN)
    #expect(try !FiniteDifferences.gradient(of: &objective, at: [1])[0].isFinite)
  }
}
