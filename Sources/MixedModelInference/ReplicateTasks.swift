// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// Numbered pieces of work that do not depend on each other, done by several tasks at a time.
///
/// The results are in the order of the numbers, whatever the count of tasks. If the surrounding task
/// is cancelled, the work ends early, with the results of the first numbers.
struct ReplicateTasks<Workspace: Sendable, Output: Sendable>: Sendable {
  let numbers: Range<Int>
  /// Called now and then with the count of finished pieces, never twice at a time.
  let onProgress: (@Sendable (Int) -> Void)?
  let work: @Sendable (inout Workspace, Int) -> Output

  /// Pieces that a task does at a time: enough to make its costs negligible, and few enough that all
  /// tasks end together.
  private static var largestBlock: Int { 32 }

  private struct Block: Sendable {
    let start: Int
    let outputs: [Output]
    let workspace: Workspace
  }

  /// - Parameter workspaces: one for each of the tasks that run at a time.
  func run(_ workspaces: [Workspace]) async -> [Output] {
    let blockSize = max(1, min(Self.largestBlock, numbers.count / (4 * max(1, workspaces.count))))
    var starts = stride(from: numbers.lowerBound, to: numbers.upperBound, by: blockSize)
      .makeIterator()
    var outputs: [Int: [Output]] = [:]
    await withTaskGroup(of: Block.self) { group in
      func add(_ workspace: Workspace) {
        guard let start = starts.next() else { return }
        group.addTask { block(start..<min(start + blockSize, numbers.upperBound), workspace) }
      }
      for workspace in workspaces { add(workspace) }
      var finishedCount = 0
      while let block = await group.next() {
        outputs[block.start] = block.outputs
        finishedCount += block.outputs.count
        onProgress?(finishedCount)
        if !Task.isCancelled { add(block.workspace) }
      }
    }
    var results: [Output] = []
    results.reserveCapacity(numbers.count)
    while let next = outputs[numbers.lowerBound + results.count] { results += next }
    return results
  }

  private func block(_ numbers: Range<Int>, _ workspace: Workspace) -> Block {
    var workspace = workspace
    var outputs: [Output] = []
    outputs.reserveCapacity(numbers.count)
    for number in numbers {
      if Task.isCancelled { break }
      outputs.append(work(&workspace, number))
    }
    return Block(start: numbers.lowerBound, outputs: outputs, workspace: workspace)
  }
}
