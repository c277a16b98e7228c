// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ModelOptimization
import Testing

@Suite("Termination")
struct TerminationTests {
  @Test("Every outcome has a text of its own", arguments: Termination.allCases)
  func text(termination: Termination) {
    #expect(!termination.description.isEmpty)
    #expect(Termination.allCases.count { $0.description == termination.description } == 1)
  }

  @Test("Limits, interruptions and failures, and only they, are no success")
  func success() {
    let failures = Termination.allCases.filter { !$0.isSuccess }
    #expect(
      Set(failures.map(\.returnCode)) == [
        "MAXEVAL_REACHED", "MAXTIME_REACHED", "FORCED_STOP", "FAILURE",
      ])
    let successes = Termination.allCases.filter(\.isSuccess)
    #expect(
      Set(successes.map(\.returnCode)) == [
        "SUCCESS", "FTOL_REACHED", "XTOL_REACHED", "STOPVAL_REACHED", "ROUNDOFF_LIMITED",
      ])
  }
}
