import { tellStory } from './tell-story.js'

await tellStory('3')
