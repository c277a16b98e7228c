// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import mixedmodels

@Suite("The progress of a long fit")
struct FitProgressTests {
  @Test("A line says how far the fit is, and what is left of the evaluations expected")
  func line() {
    var progress = FitProgress(expectedEvaluationCount: 7)
    progress.note(evaluation: 1, value: 1800, elapsed: 2)
    #expect(progress.text == "evaluation 1  objective 1800.0000  2.0 s each  about 12 s left")
    progress.note(evaluation: 2, value: 1760.25, elapsed: 3)
    #expect(progress.text == "evaluation 2  objective 1760.2500  1.5 s each  about 7.5 s left")
  }

  @Test("As the objective falls by less and less, fewer evaluations are left than expected")
  func convergence() {
    var progress = FitProgress(expectedEvaluationCount: 9)
    for (index, value) in [100, 90, 89.99, 89.98999].enumerated() {
      progress.note(evaluation: index + 1, value: value, elapsed: Double(index + 1))
    }
    // Each fall is a thousandth of the one before: the next one is 1e-8, negligible.
    #expect(progress.remainingEvaluationCount == 1)
  }

  @Test("Beyond the evaluations expected, the ratio of the last falls tells what is left")
  func slow() {
    var progress = FitProgress(expectedEvaluationCount: 3)
    var value = 100.0
    for index in 0..<8 {
      value -= 0.5 * (0..<index).reduce(1.0) { fall, _ in fall / 2 }
      progress.note(evaluation: index + 1, value: value, elapsed: Double(index + 1))
    }
    // The last fall was 2⁻⁸, and 2⁻²⁰ is the first below 1e-6: eleven halvings are not negligible.
    #expect(progress.remainingEvaluationCount == 12)
    // A step uphill changes nothing.
    progress.note(evaluation: 9, value: value + 5, elapsed: 9)
    #expect(progress.remainingEvaluationCount == 12)
  }

  @Test("Where the ratio of the falls shrinks, it is taken to go on as in Newton's method")
  func quadratic() {
    var progress = FitProgress(expectedEvaluationCount: 3)
    // A fit of workers and firms; it ended with the fifth evaluation.
    let values = [732574.3142, 639533.7378, 636498.7135, 636471.1641]
    for (index, value) in values.enumerated() {
      progress.note(evaluation: index + 1, value: value, elapsed: Double(index + 1))
    }
    // The next fall is 27.5 by the square of 0.009, and the one after that negligible.
    #expect(progress.remainingEvaluationCount == 2)
  }

  @Test("At least one evaluation is left, and nothing is said of optimizers that are not known")
  func bounds() {
    var known = FitProgress(expectedEvaluationCount: 2)
    known.note(evaluation: 5, value: 1, elapsed: 1)
    #expect(known.remainingEvaluationCount == 1)
    var unknown = FitProgress(expectedEvaluationCount: nil)
    unknown.note(evaluation: 40, value: 1, elapsed: 8)
    #expect(unknown.remainingEvaluationCount == nil)
    #expect(unknown.text == "evaluation 40  objective 1.0000  200 ms each")
  }
}
