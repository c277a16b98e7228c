// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import RealModule
import TestSupport
import Testing

@testable import MixedModelFitting

@Suite("Kernels that evaluate many rows at once")
struct BatchKernelTests {
  @Test("The exponential without branches is that of the platform to four units in the last place")
  func exponential() {
    for step in -6999...6999 {
      let x = Double(step) * 0.1 + 0.0123
      let expected = Double.exp(x)
      #expect(abs(branchlessExponential(x) - expected) <= 4 * expected.ulp)
    }
    #expect(branchlessExponential(0) == 1)
  }

  @Test("So is the logarithm of one plus a number")
  func logarithm() {
    for step in 0...2000 {
      let s = Double(step) / 2000
      let expected = Double.log(onePlus: s)
      #expect(abs(branchlessLogOnePlus(s) - expected) <= 4 * expected.ulp)
      let small = branchlessExponential(-0.3 * Double(step))
      let atSmall = Double.log(onePlus: small)
      #expect(abs(branchlessLogOnePlus(small) - atSmall) <= 4 * atSmall.ulp)
    }
  }

  /// A kernel with responses that it accepts.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let kernel: any RowKernel
    let family: any Family
    let link: any Link
    let responses: [Double]

    var testDescription: String { name }

    static let all = [
      Case(
        name: "binomial logit", kernel: BinomialLogitKernel(), family: .binomial, link: .logit,
        responses: [0, 1, 0.25]),
      Case(
        name: "Poisson log", kernel: PoissonLogKernel(), family: .poisson, link: .log,
        responses: [0, 1, 7]),
    ]
  }

  @Test(
    "Rows are what the kernel says of each, with weights and without, far out too",
    arguments: Case.all, [false, true])
  func rows(_ example: Case, hasWeights: Bool) {
    var random = SplitMix(seed: 11)
    let n = 3 * RowBatch.rowCount + 5
    var eta = (0..<n).map { _ in 20 * random.uniform() }
    // In the second batch, and beyond the range of the fast exponential.
    eta[RowBatch.rowCount + 3] = -745
    eta[RowBatch.rowCount + 4] = 702
    let y = (0..<n).map { _ in example.responses[random.index(below: example.responses.count)] }
    let weights = hasWeights ? (0..<n).map { _ in Double(1 + random.index(below: 4)) } : nil
    let response = ResponseModel(
      family: example.family, link: example.link, response: y, weights: nil, frequencies: weights)
    var result = ResponseDerivatives()
    response.evaluate(
      eta, ResponseRequest(.gradient, information: .expected, storesRowValues: true), into: &result)
    for i in 0..<n {
      let row = example.kernel.derivatives(eta[i], y[i], .one)
      let weight = weights?[i] ?? 1
      let normalizer = example.family.saturatedLogDensity(y[i], weight: 1, parameter: 1).value
      let constant = normalizer - example.kernel.greatestValue(y[i], .one).value
      func agree(_ ours: Double, _ expected: Double, _ size: Double = 0) {
        #expect(abs(ours - expected) <= 1e-14 * max(abs(expected), size, 1e-280))
      }
      agree(result.rowValues[i], weight * (row.value + constant), abs(y[i] * eta[i]) + 10)
      // The score of a count is a difference.
      agree(result.score[i], weight * row.score, weight * y[i])
      agree(result.information[i], weight * row.information)
      agree(result.expectedInformation[i], weight * row.expected)
      agree(result.informationSlope[i], weight * row.expectedSlope, weight * row.expected)
    }
    let sum = result.rowValues.reduce(0, +)
    #expect(abs(result.value - sum) < 1e-12 * abs(sum))
  }
}
